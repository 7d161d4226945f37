"""Says of each output of vetting whether it is valid by what others made to check it."""

import json
import sys

import html5lib
import jsonschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

with open(sys.argv[1], encoding="utf-8") as file:
    SARIF = jsonschema.Draft7Validator(
        json.load(file), format_checker=jsonschema.FormatChecker()
    )
LOADS = {"src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping"}


def sarif(text):
    return [f"{list(e.absolute_path)}: {e.message}" for e in SARIF.iter_errors(json.loads(text))]


def cyclonedx(text):
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return [str(error)] if error else []


def in_toto(text):
    statement = json_format.Parse(text, statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    empty = [s.name for s in statement.subject if not all(s.digest.values())]
    return [f"an empty digest of {name}" for name in empty]


def html(text):
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(text)
    wrong = [f"{place}: {what} {about}" for place, what, about in parser.errors]
    for element in page.iter():
        if element.tag in ("script", "link", "iframe", "object", "embed", "img", "base"):
            wrong.append(f"<{element.tag}>")
        for name in element.attrib:
            if str(name).lower().split("}")[-1] in LOADS or str(name).lower().startswith("on"):
                wrong.append(f"<{element.tag} {name}>")
    return wrong


def numbered_twice(paths):
    """Documents about different releases that share a serial number."""
    seen = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        number = document.get("serialNumber")
        about = json.dumps(document["metadata"]["component"].get("hashes") or document["components"])
        if number and seen.setdefault(number, about) != about:
            yield path, number


CHECKS = {"sarif": sarif, "cyclonedx": cyclonedx, "in-toto": in_toto, "html": html}

bad = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        wrong = CHECKS[path.rsplit(".", 1)[1]](text)
    except Exception as error:  # a validator says what is wrong by raising it, each in its own way
        wrong = [repr(error)]
    bad += bool(wrong)
    for line in wrong[:5]:
        print(f"{path}: {line[:400]}")
for path, number in numbered_twice([p for p in sys.argv[2:] if p.endswith(".cyclonedx")]):
    bad += 1
    print(f"{path}: {number} is the number of another release")
sys.exit(bad > 0)
