"""Where untrusted data goes: from sources to sinks, through functions, attributes, modules and datasets."""
