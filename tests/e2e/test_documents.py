"""What is made out of the examples is current and whole: the references in docs/, and the manual pages. Links lead
somewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = {"configuration.md": "example.toml", "node-configuration.md": "node.example.toml"}
PAGES = sorted(page for folder in (".", "*", "*/*", "*/*/*") for page in ROOT.glob(f"{folder}/*.md")
               if page.relative_to(ROOT).parts[0] not in ("build", ".git"))


def keys_of(example):
    return set(re.findall(r"^(?:#|# Example: )?([a-z_]+) = ", (ROOT / "conf" / example).read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def manuals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([ROOT / "docs/reference", "man", folder], check=True)
    return folder


@pytest.mark.parametrize("document, example", EXAMPLES.items())
def test_the_reference_is_that_of_the_example(document, example, tmp_path):
    """docs/reference makes it anew after a change of the example."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs/reference", tmp_path / "docs")
    shutil.copy(ROOT / "CMakeLists.txt", tmp_path)
    subprocess.run([tmp_path / "docs/reference"], check=True)
    text = (ROOT / "docs" / document).read_text()
    assert text == (tmp_path / "docs" / document).read_text(), "run docs/reference"
    for key in keys_of(example):
        assert re.search(rf"`{key}` \((default|for example) ", text), key


@pytest.mark.parametrize("program, example", [("stanzagate", "example.toml"), ("stanzanode", "node.example.toml")])
def test_the_manual_page_has_every_key(manuals, program, example):
    text = (manuals / f"{program}.toml.5").read_text()
    for key in keys_of(example):
        assert re.search(rf"^\\fB{key}\\fR", text, re.MULTILINE), key


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_manual_pages_are_well_formed(manuals):
    for page in manuals.iterdir():
        done = subprocess.run(["groff", "-man", "-ww", "-z", page], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), page.name


def anchors_of(text):
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(document):
    text = document.read_text()
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target.read_text()), link
