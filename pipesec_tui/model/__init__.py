"""What all parts of pipesec speak: frozen structs and closed enums. Nothing here reads, writes or runs anything."""
