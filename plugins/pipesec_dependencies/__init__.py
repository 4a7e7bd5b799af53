"""Known vulnerabilities in what a pipeline installs."""
