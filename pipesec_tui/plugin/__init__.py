"""Plugins: what they may declare, how they are found, enabled and described without trusting them."""
