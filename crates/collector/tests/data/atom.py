"""Reads an Atom feed from stdin by RFC 4287, and writes what it says as JSON. Anything that the RFC does not allow is an error."""
import datetime
import json
import re
import sys
import xml.etree.ElementTree as xml

ATOM = "{http://www.w3.org/2005/Atom}"
# RFC 3986: a scheme and characters of a URI; an IRI reference here has no others either.
URI = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
REFERENCE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
# RFC 4151.
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:\S+")


def only(element, names):
    """Every child is one of these: name to (least, most)."""
    found = [child.tag.removeprefix(ATOM) for child in element]
    for name in found:
        assert name in names, f"{name} in {element.tag}"
    for name, (least, most) in names.items():
        assert least <= found.count(name) <= most, f"{found.count(name)} of {name} in {element.tag}"


def text(element, name):
    child = element.find(ATOM + name)
    assert child.attrib.get("type", "text") == "text" and len(child) == 0, name
    assert child.text and child.text.strip(), f"{name} is empty"
    return child.text


def identity(element):
    value = text(element, "id")
    assert URI.fullmatch(value) and TAG.fullmatch(value), value
    return value


def updated(element):
    value = text(element, "updated")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value), value
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))


def link(element):
    assert set(element.attrib) <= {"rel", "type", "href", "title"} and len(element) == 0, element.attrib
    assert REFERENCE.fullmatch(element.attrib["href"]), element.attrib
    return element.attrib


def entry(element):
    only(element, {"id": (1, 1), "title": (1, 1), "updated": (1, 1), "category": (1, 1), "link": (1, 1), "content": (1, 1)})
    assert link(element.find(ATOM + "link"))["rel"] == "alternate"
    return {
        "id": identity(element),
        "title": text(element, "title"),
        "updated": updated(element).isoformat(),
        "category": element.find(ATOM + "category").attrib["term"],
        "link": element.find(ATOM + "link").attrib["href"],
        "content": text(element, "content"),
    }


feed = xml.fromstring(sys.stdin.buffer.read())
assert feed.tag == ATOM + "feed", feed.tag
only(feed, {"id": (1, 1), "title": (1, 1), "updated": (1, 1), "author": (1, 1), "generator": (0, 1), "link": (2, 2), "entry": (0, 10_000)})
author = feed.find(ATOM + "author")
only(author, {"name": (1, 1), "uri": (0, 1), "email": (0, 1)})
assert text(author, "name")
links = [link(element) for element in feed.findall(ATOM + "link")]
assert sorted(one["rel"] for one in links) == ["alternate", "self"], links
entries = [entry(element) for element in feed.findall(ATOM + "entry")]
assert len({one["id"] for one in entries}) == len(entries), "two entries have one id"
assert all(one["updated"] <= updated(feed).isoformat() for one in entries)
assert [one["updated"] for one in entries] == sorted((one["updated"] for one in entries), reverse=True), "newest first"
json.dump({"id": identity(feed), "title": text(feed, "title"), "links": [one["href"] for one in links], "entries": entries}, sys.stdout)
