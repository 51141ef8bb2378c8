"""The command lines of the documents: as they stand in blocks of code, and as sentences name them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("conf/*.toml"))]

_PROGRAMS = r"(?:stanzagate|stanzanode)"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Two calls may stand in one line, far apart; a comment is behind both.
_CALL = re.compile(rf"(?:^|\s\s+)(sudo |docker-compose exec \S+ |)({_PROGRAMS} .*?)(?=\s\s+{_PROGRAMS} |\s+#|\s*$)")
_NAMED = re.compile(rf"`((?:sudo )?{_PROGRAMS}\s[^`]+)`")


@dataclass(frozen=True)
class Documented:
    document: str
    line: str   # "stanzagate weight main/a 50"
    where: str  # what stands in front of it: "docker-compose exec node1", or ""

    @property
    def words(self):
        return shlex.split(self.line)

    def __str__(self):
        return f"{self.document}: {self.where} {self.line}".replace("  ", " ")


def in_blocks():
    """All calls in blocks of shell or of no language, in their order."""
    return [Documented(path.name, call[2], call[1].strip()) for path in DOCUMENTS if path.suffix == ".md"
            for language, block in _BLOCK.findall(path.read_text()) if language in ("", "sh")
            for line in block.splitlines() for call in _CALL.finditer(line)]


def in_sentences():
    """All calls between backquotes, each once in a document; lines may end within one."""
    found = {}
    for path in DOCUMENTS:
        text = path.read_text()
        for call in _NAMED.findall(re.sub(r"\n#? ?", " ", text) if path.suffix == ".toml" else text):
            line = " ".join(call.removeprefix("sudo ").split())
            found[path.name, line] = Documented(path.name, line, "")
    return list(found.values())
