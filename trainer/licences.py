"""Licences of what goes into a model, and whether they allow what it is for; as lib/care/run-licences.ts has it."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from trainer.config import SCHEMAS
from trainer.errors import LicenceError

SHOWN = 10
CONFLICTS_SHOWN = 20
LIMITING = ("non-commercial", "no-competing-models")


@cache
def rules() -> dict:
    return json.loads((SCHEMAS / "licence-terms.json").read_text())


def in_order(terms: Iterable[str]) -> list[str]:
    held = set(terms)
    return [term for term in rules()["terms"] if term in held]


def terms_of_name(name: str) -> list[str]:
    bare, *additions = (part.strip() for part in re.split(r"\sWITH\s", name))
    if not all(re.search(rules()["exceptions"], addition, re.IGNORECASE) for addition in additions):
        return ["unknown"]
    families = (entry["terms"] for entry in rules()["families"] if re.search(entry["pattern"], bare, re.IGNORECASE | re.ASCII))
    return next(families, ["unknown"])


def choices(licence: str | None) -> list[list[str]]:
    """The names in each licence that may be chosen; none where it is not known."""
    if licence is None or not licence.strip():
        return [[]]
    bare = re.sub(r"[()]", " ", licence)
    # Brackets would need a grammar: with them every name holds, which never permits too much.
    chosen = re.split(r"\sOR\s", bare) if bare == licence else [re.sub(r"\sOR\s", " AND ", bare)]
    return [re.split(r"\sAND\s", one) for one in chosen]


def alternatives(licence: str | None) -> list[list[str]]:
    """The terms of each licence that may be chosen."""
    return [terms_of_names(names) for names in choices(licence)]


def terms_of_names(names: list[str]) -> list[str]:
    return in_order(term for name in names for term in terms_of_name(name)) if names else ["unknown"]


def terms_of(licence: str | None) -> list[str]:
    """The terms of a licence; of several that may be chosen, the fewest.

    Example:
        >>> terms_of("CC-BY-NC-SA-4.0")
        ['attribution', 'share-alike', 'non-commercial']
    """
    return min(alternatives(licence), key=len)


def conflicts_of(licence: str | None, purpose: str) -> list[str]:
    """The terms that stand against a purpose.

    Example:
        >>> conflicts_of("CC-BY-NC-4.0 OR CC-BY-4.0", "commercial")
        []
    """
    against = rules()["purposes"][purpose]
    return min(([term for term in terms if term in against] for terms in alternatives(licence)), key=len)


def sharing_conflicts(licences: list[str | None]) -> list[list[str]]:
    """What stands against sharing a thing made of all, by licence; lib/care/licence-terms.ts says how it is judged.

    Example:
        >>> sharing_conflicts(["CC-BY-SA-4.0", "CC-BY-NC-4.0"])
        [['share-alike'], ['non-commercial']]
    """
    against = rules()["purposes"]["share"]
    chosen = []
    for licence in licences:
        found = []
        for names in choices(licence):
            terms = terms_of_names(names)
            alike = [without_version(name) for name in names if "share-alike" in terms_of_name(name)]
            found.append((terms, [term for term in terms if term in against], alike))
        chosen.append(min(found, key=lambda each: (len(each[1]), len(each[2]) + sum(t in LIMITING for t in each[0]))))
    alike = {name for *_, names in chosen for name in names}
    allowed = {term for name in alike for term in terms_of_name(name)}
    further = [
        [term for term in terms if alike and term in LIMITING and term not in allowed] for terms, *_ in chosen
    ]
    closed = len(alike) > 1 or any(further)
    return [
        in_order([*own, *(["share-alike"] if closed and names else []), *more])
        for (_, own, names), more in zip(chosen, further)
    ]


def without_version(name: str) -> str:
    """Creative Commons lets what is made be shared under a later version, from 2.0 on."""
    bare = re.split(r"\sWITH\s", name)[0].strip().lower()
    return re.sub(r"^(cc-by-(?:nc-)?sa)-[2-9].*$", r"\1", bare)


def strictest(parts: Iterable[dict]) -> list[str]:
    """The terms that hold for what was made of all the parts."""
    return in_order(term for part in parts for term in terms_of(part["licence"]))


def gather(config: dict) -> list[dict]:
    """The licences of all that goes into a run: by domain of its token shards, and of its first weights."""
    parts = []
    for entry in config["data"]["train"]:
        manifest = json.loads((Path(entry["path"]) / "manifest.json").read_text())
        parts += data_parts(entry["domain"], manifest)
    source = config["model"]["initializeFrom"]
    if source["kind"] == "safetensors":
        parts += weight_parts(Path(source["path"]), source.get("licence"))
    return parts


def data_parts(domain: str, manifest: dict) -> list[dict]:
    """Shards of an earlier version say no licences: none is known."""
    counts = {key: manifest[key] for key in ("documentCount", "tokenCount")}
    unknown = {"licence": None, **counts, "documentIds": [], "sources": manifest["sources"][:SHOWN]}
    return [
        {"name": domain, "kind": "data", **entry, "sources": [source["source"] for source in entry["sources"]]}
        for entry in manifest.get("licences", [unknown])
        if entry["documentCount"] > 0
    ]


def weight_parts(folder: Path, stated: str | None) -> list[dict]:
    """An export of this trainer tells what went into it; of other weights their folder's README.md may."""
    provenance = folder / "provenance.json"
    made = json.loads(provenance.read_text()) if provenance.is_file() else {}
    if made.get("format") != "rounds-export":
        return [{"name": folder.name, "kind": "weights", "licence": both(licence_of_readme(folder), stated)}]
    earlier = made["licences"]
    through = [part | {"name": f"{folder.name}: {part['name']}"} for part in earlier]
    return through + ([{"name": folder.name, "kind": "weights", "licence": stated}] if stated else [])


def both(told: str | None, stated: str | None) -> str | None:
    """Of a name that nobody understands the user has read the text; what is understood holds beside what is stated."""
    if told is None or stated is None or told == stated:
        return stated or told
    if "unknown" in terms_of(told):
        return stated
    return " AND ".join(f"({each})" if re.search(r"\sOR\s", each) else each for each in (told, stated))


def licence_of_readme(folder: Path) -> str | None:
    """`license: ...` in the block of YAML at the head of a model card; "other" says nothing."""
    readme = folder / "README.md"
    text = readme.read_text(errors="replace") if readme.is_file() else ""
    head = re.match(r"---\r?\n([\s\S]*?)\r?\n---", text)
    found = re.search(r"""^license:[ \t]*["']?([\w.+-]+)["']?[ \t]*$""", head[1], re.MULTILINE | re.ASCII) if head else None
    return None if found is None or found[1] == "other" else found[1]


def conflicting(parts: Iterable[dict], purpose: str) -> list[dict]:
    """The parts that a purpose is not open to, for themselves or beside the others, each with the terms against it."""
    parts = list(parts)
    licences = [part["licence"] for part in parts]
    shared = purpose == "share"
    found = sharing_conflicts(licences) if shared else [conflicts_of(licence, purpose) for licence in licences]
    return [part | {"terms": terms} for part, terms in zip(parts, found) if terms]


def require_open_to(what: str, parts: Iterable[dict], purpose: str | None) -> None:
    """Raises: LicenceError, where a part is not open to the purpose; never where none is declared."""
    conflicts = conflicting(parts, purpose) if purpose else []
    if conflicts:
        lines = [f"  {describe(conflict)}" for conflict in conflicts[:CONFLICTS_SHOWN]]
        if len(conflicts) > CONFLICTS_SHOWN:
            lines.append(f"  and {len(conflicts) - CONFLICTS_SHOWN} more")
        raise LicenceError(
            f'{what} is not open to the purpose "{purpose}", because of\n' + "\n".join(lines),
            purpose=purpose,
            conflicts=conflicts,
        )


def describe(conflict: dict) -> str:
    reason = f"{conflict['licence'] or 'no known licence'} ({', '.join(conflict['terms'])})"
    if conflict["kind"] == "weights":
        return f"first weights {conflict['name']}: {reason}"
    count, ids = conflict["documentCount"], conflict["documentIds"]
    counts = f"{count} document{'s' if count > 1 else ''} with {conflict['tokenCount']} tokens in {conflict['name']}"
    places = f"; from {', '.join(conflict['sources'])}" if conflict["sources"] else ""
    more = f" and {count - len(ids)} more" if count > len(ids) else ""
    return f"{counts}: {reason}{places}" + (f"; {', '.join(ids)}{more}" if ids else "")
