#!/usr/bin/env python3
"""Holds the stylesheet's tokens to WCAG 2.2: text 4.5 to 1 on every ground it stands on, edges of controls and
marks that carry meaning 3 to 1. Usage: contrast.py [certflow.css]. Ends with 1 and names each pair that fails."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve()
DEFAULT = HERE.parents[3] / "Sources/Server/Assets/certflow.css"

GROUNDS = ["page", "surface", "sunken", "hover", "accent-soft"]
# (text, the grounds it stands on)
TEXT = [
    ("ink", GROUNDS + ["warn-soft", "bad-soft", "ok-soft", "band", "load-1", "load-2", "load-3"]),
    ("ink-2", GROUNDS + ["warn-soft", "bad-soft", "ok-soft"]),
    ("ink-3", ["page", "surface", "sunken", "hover", "accent-soft"]),
    ("accent", GROUNDS + ["warn-soft", "bad-soft", "ok-soft"]),
    ("ok", ["page", "surface", "sunken", "hover", "accent-soft", "ok-soft"]),
    ("warn", ["page", "surface", "sunken", "hover", "accent-soft", "warn-soft"]),
    ("bad", ["page", "surface", "sunken", "hover", "accent-soft", "bad-soft"]),
    ("on-accent", ["accent-fill", "accent-hover", "bad-fill", "serve"]),
    ("surface", ["ink"]),
]
# (edge, the grounds it must be told from)
EDGES = [
    ("edge", ["page", "surface", "sunken", "hover", "accent-soft"]),
    ("accent", GROUNDS + ["band"]),
    ("accent-fill", ["surface"]),
    ("open", ["sunken"]),
    ("serve", ["sunken"]),
    ("bad-fill", ["sunken", "surface"]),
]


def tokens(css):
    """Maps each token to its light and its dark colour."""
    found = {}
    for name, light, dark in re.findall(r"--([a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)", css, re.I):
        found[name] = (light, dark)
    return found


def luminance(colour):
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    known = tokens(path.read_text())
    failures, least, pairs = [], {}, 0
    for kind, need, table in (("text", 4.5, TEXT), ("edge", 3.0, EDGES)):
        for front, grounds in table:
            for ground in grounds:
                for at, theme in enumerate(("light", "dark")):
                    if front not in known or ground not in known:
                        failures.append(f"{path.name} has no token --{front if front not in known else ground}")
                        continue
                    pairs += 1
                    value = ratio(known[front][at], known[ground][at])
                    least[kind] = min(least.get(kind, 21), value)
                    if value < need:
                        failures.append(f"{kind} --{front} on --{ground}, {theme}: {value:.2f}, {need} is needed")
    for failure in sorted(set(failures)):
        print(failure)
    print(f"{pairs} pairs; least text {least.get('text', 0):.2f}, least edge {least.get('edge', 0):.2f}")
    return 1 if failures or not pairs else 0


if __name__ == "__main__":
    sys.exit(main())
