"""Colors: a dark theme, a light one, and one for people who don't tell red from green."""

from __future__ import annotations

from textual.theme import Theme

DEFAULT = "pipesec-dark"

SEVERITY_COLORS = {
    "severity-critical": "#ff5d73", "severity-high": "#ff9e57", "severity-medium": "#f2d06b", "severity-low": "#6cb6ff",
    "severity-info": "#93a1b3",
}  # fmt: skip
"""Where a theme has none of its own. Every severity is also written as a word."""

THEMES = (
    Theme(
        name="pipesec-dark", dark=True, primary="#5eb1bf", secondary="#8fa7c4", accent="#e0b36a", warning="#f2d06b",
        error="#ff5d73", success="#7bc98f", foreground="#d7dee8", background="#12161c", surface="#181d25",
        panel="#222935", variables={**SEVERITY_COLORS, "footer-key-foreground": "#e0b36a"},
    ),
    Theme(
        name="pipesec-light", dark=False, primary="#1f6f7d", secondary="#4a6380", accent="#8a5a00", warning="#8a6a00",
        error="#b3152f", success="#1f7a3a", foreground="#1b2430", background="#fbfaf7", surface="#f2f0ea",
        panel="#e4e1d8",
        variables={
            "severity-critical": "#a3082a", "severity-high": "#a84300", "severity-medium": "#7a5d00",
            "severity-low": "#1b5fa8", "severity-info": "#5a6572", "footer-key-foreground": "#8a5a00",
        },
    ),
    Theme(
        # Okabe and Ito, "Color Universal Design", 2008: told apart with any kind of color vision.
        name="pipesec-clear", dark=True, primary="#56b4e9", secondary="#a9b8c6", accent="#f0e442", warning="#e69f00",
        error="#d55e00", success="#009e73", foreground="#e6e6e6", background="#101214", surface="#171a1e",
        panel="#23282e",
        variables={
            "severity-critical": "#cc79a7", "severity-high": "#d55e00", "severity-medium": "#e69f00",
            "severity-low": "#56b4e9", "severity-info": "#a9b8c6", "footer-key-foreground": "#f0e442",
        },
    ),
)  # fmt: skip

CYCLE = ("pipesec-dark", "pipesec-light", "pipesec-clear", "ansi-dark", "ansi-light")

SEVERITY_ANSI = {
    "severity-critical": "ansi_bright_red", "severity-high": "ansi_red", "severity-medium": "ansi_yellow",
    "severity-low": "ansi_blue", "severity-info": "ansi_default",
}  # fmt: skip
"""For the themes that leave colors to the terminal."""
