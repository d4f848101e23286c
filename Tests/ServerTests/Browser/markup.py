#!/usr/bin/env python3
"""Reads rendered pages and names what a person with a screen reader, a strict content security policy or an attacker
would find: controls and links without a name, ids used twice, labels and references to nothing, skipped headings,
tags that do not close, inline style or script, forms that post without their token, nested controls.
Usage: markup.py PAGE.html... Ends with 1 and names page and fault. A page without <html> is taken as a fragment."""
import collections
import pathlib
import re
import sys
from html.parser import HTMLParser

VOID = set("area base br col embed hr img input link meta source track wbr rect circle line path use polyline".split())
BLOCKS = set("div ul ol p dl table form section h1 h2 h3 pre".split())


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.faults, self.open = [], []
        self.ids, self.references, self.labels, self.controls = collections.Counter(), [], set(), []
        self.headings, self.named, self.form, self.is_whole = [], [], None, False

    def handle_startendtag(self, tag, attributes):
        self.start(tag, dict(attributes), closes=True)

    def handle_starttag(self, tag, attributes):
        self.start(tag, dict(attributes), closes=tag in VOID)

    def start(self, tag, has, closes):
        self.is_whole = self.is_whole or tag == "html"
        if "style" in has or any(name.startswith("on") for name in has):
            self.faults.append(f"inline style or handler on <{tag}>: {sorted(has)}")
        if tag == "style" or (tag == "script" and "src" not in has):
            self.faults.append(f"inline <{tag}>")
        if has.get("id"):
            self.ids[has["id"]] += 1
        for name in ("aria-labelledby", "aria-describedby", "aria-controls", "list"):
            self.references += [(name, one) for one in (has.get(name) or "").split()]
        if tag == "label" and has.get("for"):
            self.labels.add(has["for"])
            self.references.append(("for", has["for"]))
        if tag == "a" and re.match("#.", has.get("href") or ""):
            self.references.append(("href", has["href"][1:]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("input", "select", "textarea") and has.get("type") != "hidden":
            self.controls.append((tag, has, "label" in self.open))
        if tag in ("a", "button", "summary"):
            if {"a", "button", "summary"} & set(self.open):
                self.faults.append(f"<{tag}> inside another control")
            self.named.append([tag, has, has.get("aria-label") or ""])
        if tag in BLOCKS and self.open[-1:] == ["p"]:
            self.faults.append(f"<{tag}> inside <p>")
        if tag == "form":
            if "form" in self.open:
                self.faults.append("a form inside a form")
            self.form = [has, False]
        if tag == "input" and has.get("name") == "csrf" and self.form:
            self.form[1] = bool(has.get("value"))
        if not closes:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if self.open[-1:] != [tag]:
            self.faults.append(f"</{tag}> closes nothing; open are {self.open[-3:]}")
        while self.open and self.open.pop() != tag:
            pass
        if tag == "form" and self.form:
            has, has_token = self.form
            if has.get("method") == "post" and not has_token:
                self.faults.append(f"the form that posts to {has.get('action')} has no token")
            self.form = None
        if tag in ("a", "button", "summary") and self.named:
            name, has, text = self.named.pop()
            if not text.strip():
                self.faults.append(f"<{name}> without a name: {has}")

    def handle_data(self, data):
        for each in self.named:
            each[2] += data

    def finish(self):
        self.close()
        self.faults += [f"id {name} is used {count} times" for name, count in self.ids.items() if count > 1]
        self.faults += [f"{kind} refers to {name}, which is not here" for kind, name in self.references
                        if name not in self.ids]
        for tag, has, is_inside_label in self.controls:
            if not (is_inside_label or has.get("aria-label") or has.get("aria-labelledby")
                    or has.get("id") in self.labels):
                self.faults.append(f"<{tag}> without a label: {has}")
        if self.is_whole and self.headings.count(1) != 1:
            self.faults.append(f"{self.headings.count(1)} main headings")
        for before, after in zip(self.headings, self.headings[1:]):
            if after > before + 1:
                self.faults.append(f"a heading of level {after} follows one of level {before}")
        if self.open:
            self.faults.append(f"never closed: {self.open}")
        return self.faults


def main():
    failed = False
    for name in sys.argv[1:]:
        page = Page()
        page.feed(pathlib.Path(name).read_text())
        for fault in page.finish():
            failed = True
            print(f"{pathlib.Path(name).name}: {fault}")
    return 1 if failed or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
