"""What a user can do. The command line and the workbench are two faces of these."""
