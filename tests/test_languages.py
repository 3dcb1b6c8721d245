"""Sentences in other languages: how one is chosen, and what the catalogues hold."""

import ast
import io
import json
import re
import sys
import tokenize
from functools import cache
from pathlib import Path

import pytest

from digitnet.cli import main
from digitnet.languages import (
    ENGLISH,
    Sentence,
    available,
    current,
    known,
    language,
    tr,
    tr_plural,
    translated,
)
from digitnet.teach.exercises import EXERCISES, check, exercise
from digitnet.teach.exercises.apart import check_content
from digitnet.teach.exercises.handout import as_file, as_notebook
from digitnet.teach.exercises.telling import WIDTH
from tests.playground import SMALL, ask, last, refusal, visiting

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "digitnet" / "locale"
STATIC = ROOT / "digitnet" / "web" / "static"
WIDEST = 100
LISTED = 52
"""Columns that the list of exercises has for a title."""
OTHERS = [each for each in available() if each != ENGLISH]
COMPLETE = {
    "de": ("digitnet/",),
    "fr": (
        "digitnet/cli/",
        "digitnet/teach/exercises/",
        "digitnet/teach/grades/",
        "digitnet/teach/worksheet",
    ),
}
"""The beginnings of the files whose sentences are all translated, by language."""
EVERY = [pytest.param(each, id=str(number)) for number, each in EXERCISES.items()]
PLACE = re.compile(r"\{[^{}]*\}")


@pytest.fixture
def no_language(monkeypatch):
    """An environment that asks for none."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def catalogue(name):
    pytest.importorskip("babel", reason="Babel, which reads catalogues, is not there")
    from babel.messages.pofile import read_po

    with (LOCALE / name / "LC_MESSAGES" / "digitnet.po").open("rb") as file:
        return [each for each in read_po(file, locale=name, abort_invalid=True) if each.id]


@cache
def made():
    """The script that makes the catalogues."""
    pytest.importorskip("babel", reason="Babel, which finds the sentences, is not there")
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import translations
    finally:
        sys.path.pop(0)
    return translations


@cache
def found():
    """The sentences of all files."""
    return list(made().found())


@cache
def calls():
    """The calls by a name in all modules of the package: file, name, arguments."""
    return [
        (path.name, node.func.id, node.args)
        for path in sorted((ROOT / "digitnet").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


def forms(text):
    return (text,) if isinstance(text, str) else tuple(text)


class TestTheChoice:
    @pytest.mark.parametrize(
        ("variables", "chosen"),
        [
            ({}, "en"),
            ({"LANG": "de_AT.UTF-8"}, "de"),
            ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
            ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_CH"}, "de"),
            ({"LANGUAGE": "de", "LC_ALL": "en_GB.UTF-8"}, "de"),
            ({"LANGUAGE": "xx:de"}, "de"),
            ({"LANGUAGE": "en:de"}, "en"),
            ({"LANGUAGE": "", "LANG": "de_DE@euro"}, "de"),
            ({"LANG": "POSIX"}, "en"),
            ({"LANG": "../../de"}, "en"),
        ],
    )
    def test_the_environment_is_read_as_gettext_reads_it(self, no_language, variables, chosen):
        for name, value in variables.items():
            no_language.setenv(name, value)
        assert current() == chosen

    @pytest.mark.parametrize("name", ["xx", "", "klingon", "../de", "DE/..", "d\0e", "e" * 9999])
    def test_an_unknown_one_is_english(self, name):
        with language(name):
            assert current() == ENGLISH
            assert tr("Mend it.") == "Mend it."

    @pytest.mark.parametrize("name", ["de", "de_AT", "de-CH", "DE", "de_DE.UTF-8", "de@euro"])
    def test_a_country_or_an_encoding_does_not_matter(self, name):
        assert known(name) == "de"

    def test_a_block_in_a_block_ends_with_its_own(self, no_language):
        no_language.setenv("LANG", "de_DE.UTF-8")
        with language("en"):
            with language("de"):
                assert tr("The logits") == "Die Logits"
            assert tr("The logits") == "The logits"
            with language(None):
                assert current() == "de"
        assert tr("The logits") == "Die Logits"

    def test_values_and_numbers_stand_in_their_places(self):
        with language("de"):
            assert tr("{rate}, the learning rate", rate="0.2") == "0.2, die Lernrate"
            told = [tr_plural("{n} hand-in", "{n} hand-ins", n) for n in (0, 1, 2)]
        assert told == ["0 Abgaben", "1 Abgabe", "2 Abgaben"]

    def test_what_is_not_in_the_catalogue_stays_english(self):
        with language("de"):
            assert tr("no such sentence, {x}", x=1) == "no such sentence, 1"
            assert tr("") == ""
            assert tr_plural("{n} thing", "{n} things", 2) == "2 things"

    def test_a_sentence_is_english_until_it_is_translated(self):
        sentence = Sentence(
            "Training completed. Kept: {kept}.",
            kept=Sentence("the weights of epoch {epoch}", epoch=3),
        )
        assert sentence == "Training completed. Kept: the weights of epoch 3."
        with language("de"):
            assert f"{sentence}" == "Training completed. Kept: the weights of epoch 3."
            said = translated(sentence)
        assert said == "Das Training ist fertig. Behalten: die Gewichte von Epoche 3."
        assert translated("as it is") == "as it is"


@pytest.mark.parametrize("name", OTHERS)
class TestCatalogues:
    def test_they_are_complete_where_they_claim_to_be(self, name):
        beginnings = COMPLETE[name]
        missing = [
            each.id
            for each in catalogue(name)
            if any(file.startswith(beginnings) for file, _ in each.locations)
            and not all(forms(each.string))
        ]
        assert not missing

    def test_none_is_fuzzy(self, name):
        assert not [each.id for each in catalogue(name) if each.fuzzy]

    def test_what_is_put_in_is_put_in_here_too(self, name):
        """Each place once at least, and no other; with the same format, such as {loss:.4f}."""
        for each in catalogue(name):
            for there, here in zip(forms(each.id), forms(each.string), strict=False):
                assert not here or set(PLACE.findall(here)) == set(PLACE.findall(there)), here

    def test_white_space_around_them_is_the_same(self, name):
        for each in catalogue(name):
            for there, here in zip(forms(each.id), forms(each.string), strict=False):
                ends = [
                    re.match(r"\s*", text)[0] for text in (there, here, there[::-1], here[::-1])
                ]
                assert not here or (ends[0], ends[2]) == (ends[1], ends[3]), here

    def test_code_in_them_is_the_same_code(self, name):
        with language(name):
            for number, each in EXERCISES.items():
                for body in (each.blank, each.solution):
                    here = ast.parse(exercise(number).source(body))
                    there = ast.parse(f"{each.above}\n\n{each.signature}{body}")
                    assert undocumented(here) == undocumented(there)

    def test_numbers_and_formulas_in_them_are_the_same(self, name):
        """Not words: what has an underscore or an equals sign, and decimals."""
        formula = re.compile(r"\S*\w_\w\S*|`[^`\n]+`|\b\d+\.\d+\b")
        for each in catalogue(name):
            if any("/exercises/" in file for file, _ in each.locations) and all(forms(each.string)):
                there, here = forms(each.id)[0], forms(each.string)[0]
                found = [set(map(plain, formula.findall(text))) for text in (there, here)]
                assert found[0] == found[1]

    def test_titles_fit_into_the_list_and_texts_into_a_window(self, name):
        with language(name):
            for number in EXERCISES:
                each = exercise(number)
                assert len(each.title) < LISTED
                for text in (as_file(each), each.text, each.source(each.solution)):
                    assert max(map(len, text.split("\n"))) <= WIDEST

    def test_verdicts_are_of_eighty_columns_with_their_headings_apart(self, name):
        (mistake, *_) = EXERCISES[5].mistakes
        text = str(check(5, EXERCISES[5].mistaken(mistake), name))
        lines = text.split("\n")
        assert all(len(line) <= WIDTH for line in lines[:-1])
        assert all(re.match(r"\S[^ ].* {2}|\s{13}|$|.*[.:]$", line) for line in lines)


def plain(text):
    """A formula without the marks of the sentence around it."""
    return text.strip(".,;:()?")


def undocumented(tree):
    """The code without its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0].value.value = ""
    return ast.dump(tree)


def test_the_catalogues_are_what_the_sentences_and_the_translators_give(monkeypatch):
    """`make messages` writes them."""
    translations, sentences = made(), found()
    monkeypatch.setattr(translations, "found", lambda: sentences)
    for path, content in translations.contents().items():
        assert path.read_bytes() == content, path.relative_to(ROOT)


def test_every_marked_sentence_of_python_is_found():
    """Also those that Babel leaves out, such as one within an f-string."""
    sentences = {text for _, each, _ in found() for text in forms(each)}
    places = {"tr": 0, "mark": 0, "Sentence": 0, "Mistake": 2, "Case": 0}
    for file, name, arguments in calls():
        place = places.get(name, len(arguments))
        if place < len(arguments) and isinstance(arguments[place], ast.Constant):
            assert arguments[place].value in sentences, (file, arguments[place].value)


def test_no_sentence_is_an_f_string():
    for file, name, arguments in calls():
        if name in ("tr", "mark", "Sentence", "tr_plural"):
            assert not any(isinstance(each, ast.JoinedStr) for each in arguments), file


def test_templates_of_the_page_become_sentences():
    made()
    from translations_page import of_html, of_module

    text = 'a(t`Epoch ${f(`${n}`)}: ${x ? t`up, ${y}` : "}"} \\` end`)'
    text += '; counted(n.a, "{0} b", "{0} bs")'
    assert list(of_module(text)) == ["Epoch {0}: {1} ` end", "up, {0}", ("{0} b", "{0} bs")]
    page = (
        '<p title="A thing">Some\n  text <b>inside</b> ‹ 1</p><meta name="viewport" content="wide">'
    )
    assert list(of_html(page)) == ["A thing", "Some text", "inside"]


class TestExercises:
    @pytest.mark.parametrize("each", EVERY)
    def test_every_planted_mistake_is_told_in_german(self, each):
        solution = check(each.number, each.reference(), "de")
        assert solution.passed
        assert f"Aufgabe {each.number}, " in str(solution)
        for mistake in each.mistakes[:3]:
            verdict = check(each.number, each.mistaken(mistake), "de")
            assert not verdict.passed
            text = str(verdict).split("Herleitung")[0]
            assert "noch nicht richtig." in text
            assert "\nerwartet " in text
            assert not re.search(r"\b(your|the|should|wrong|slope of)\b", text)

    def test_a_verdict_keeps_the_language_that_it_was_made_in(self, no_language):
        no_language.setenv("LANG", "de_DE.UTF-8")
        german, english = check(3, None), check(3, None, "en")
        no_language.setenv("LANG", "en_GB.UTF-8")
        assert "falsch       das ist keine Funktion" in str(german)
        assert "wrong        this is no function" in str(english)

    def test_stages_keep_their_names_for_programs(self):
        assert check(3, lambda z: 2 * z, "de").finding.stage == "values"
        assert check(3, None, "de").finding.stage == "type and shape"

    def test_the_sentence_of_a_mistake_has_its_numbers(self):
        (mistake,) = [each for each in EXERCISES[5].mistakes if each.wrong == "(p - t)"]
        meaning = check(5, EXERCISES[5].mistaken(mistake), "de").finding.meaning
        assert meaning == "dein db ist 20 × unseres, und 20 ist die Batchgröße: teile durch B"

    def test_a_file_and_a_notebook_are_in_the_language(self):
        with language("de"):
            each = exercise(8)
            text, notebook = as_file(each), json.loads(as_notebook(each))
        assert text.startswith(
            '"""Aufgabe 8: die Gradienten eines Netzes mit verdeckter Schicht.\n'
        )
        assert '"""Die Lösung von Aufgabe 3."""' in text
        assert "loss = ...  # eine Zahl" in text
        assert notebook["cells"][0]["source"][0].startswith("# Aufgabe 8: ")
        assert "    digitnet exercise 8 --check exercise-08.py --language de\n" in text
        assert notebook["cells"][-1]["source"] == ['check(8, network, "de")']
        comments = [each.string for each in tokens(text) if each.type == tokenize.COMMENT]
        assert len(comments) == len(
            [each for each in tokens(as_file(exercise(8))) if each.type == tokenize.COMMENT]
        )

    def test_the_process_of_a_hand_in_says_it_too(self):
        with language("de"), pytest.raises(ValueError, match="hat keine Funktion `softmax`"):
            check_content(3, "anna.py", b"x = 1")
        with language("de"):
            answer = check_content(3, "anna.py", b"def softmax(z):\n    open('x', 'w')")
        assert "was eine Prüfung nicht erlaubt" in answer.verdict.finding.found


def tokens(text):
    return tokenize.generate_tokens(io.StringIO(text).readline)


class TestCommands:
    @pytest.mark.parametrize("system", ["pytest", "nbgrader", "otter"])
    def test_an_export_asks_for_verdicts_in_it(self, system, tmp_path, capsys):
        command = ["exercise", "3", "--export", system, str(tmp_path / "out"), "--language", "de"]
        assert main(command) == 0
        assert "Aufgabe 3 ist in " in capsys.readouterr().out
        files = [each for each in (tmp_path / "out").rglob("*") if each.is_file()]
        texts = [each.read_text(encoding="utf-8").replace("\\", "") for each in files]
        assert any('check(3, softmax, "de")' in each for each in texts)
        assert any("# (B, K), kein Eintrag über 0" in each for each in texts)

    def test_an_exercise_is_listed_and_written_in_it(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(["exercise", "--language", "de"]) == 0
        assert " 4  die Kreuzentropie " in capsys.readouterr().out
        monkeypatch.setenv("LANGUAGE", "de")
        assert main(["exercise", "3"]) == 0
        assert "Aufgabe 3: eine Softmax, die endlich bleibt" in capsys.readouterr().out
        assert main(["exercise", "3", "--check", "exercise-03.py"]) == 1
        assert "da stehen noch drei Punkte" in capsys.readouterr().out

    @pytest.mark.parametrize("name", ["xx", "", "klingon", "../de"])
    def test_one_that_there_is_not_is_refused(self, name, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["exercise", "--language", name])
        assert ended.value.code == 2
        assert "--language: expected one of en, de, fr, got" in capsys.readouterr().err

    def test_hand_ins_in_any_language_are_known_by_their_function(self, tmp_path, capsys):
        with language("de"):
            each = exercise(8)
            text = each.source(each.solution)
        (tmp_path / "class").mkdir()
        (tmp_path / "class" / "anna.py").write_text(f"import numpy as np\n\n\n{text}")
        out = tmp_path / "grades"
        command = ["grade", str(tmp_path / "class"), "--out", str(out), "--language", "de"]
        assert main(command) == 0
        assert "1 Abgabe von 1 Person: 1 richtig, 0 noch nicht" in capsys.readouterr().out
        page = (out / "grades.html").read_text(encoding="utf-8")
        assert '<html lang="de">' in page
        assert "<h1>Bewertung</h1>" in page

    def test_a_worksheet_is_written_in_it(self, tmp_path, capsys):
        path = tmp_path / "sheet.html"
        assert main(["worksheet", "--language", "de", "--html", str(path)]) == 0
        page = path.read_text(encoding="utf-8")
        assert '<html lang="de">' in page
        assert "Ein Lernschritt von Hand, Blatt 0: Lösung" in page
        assert main(["worksheet", "--language", "de", "--exercise", "3"]) == 0
        assert "(gegeben): jede Eingabe" in " ".join(capsys.readouterr().out.split())

    def test_all_others_speak_english(self, monkeypatch, capsys):
        monkeypatch.setenv("LANGUAGE", "de")
        assert main(["explain", "--data", "nothing.npz"]) == 2
        assert "expected" in capsys.readouterr().err
        assert main(["gradcheck", "--hidden", "3"]) == 0
        assert current() == "de"
        assert "slope" in capsys.readouterr().out


class TestPlayground:
    def test_a_visit_speaks_its_visitors_language(self, data):
        german, english = visiting(data, None), visiting(data, None)
        assert last(ask(german, "hello", language="de-AT"), "model").fields["name"] == (
            "das Netz, das mit digitnet kommt"
        )
        ask(english, "hello")
        told = refusal(german, "use", model="trained").fields["message"]
        assert told.startswith("noch ist nichts gelernt")
        told = refusal(english, "use", model="trained").fields["message"]
        assert told.startswith("nothing has been learned")

    def test_what_is_wrong_with_a_setting_is_told_in_it(self, data):
        visit = visiting(data, None)
        ask(visit, "hello", language="de")
        told = refusal(visit, "configure", settings={"learning_rate": 0}).fields["message"]
        assert told.startswith("learning_rate: erwartet eine endliche Zahl über 0, ")
        ask(visit, "forget")
        told = refusal(visit, "use", model="loaded").fields["message"]
        assert told.startswith("noch ist keine")

    def test_the_stages_of_a_step_are_told_in_it(self, data):
        visit = visiting(data, None)
        ask(visit, "hello", language="de")
        walked = ask(visit, "walk", network="fresh", source="test", image=0, rate=0.1)
        stages = last(walked, "walked").fields["stages"]
        assert stages[0]["title"] == "Die Pixel"
        assert not any("--learning-rate" in each["words"] for each in stages)

    def test_how_a_training_ended_is_told_in_it(self, data):
        visit = visiting(data)
        ask(visit, "hello", language="de")
        events = ask(visit, "start", until="end")
        while visit.busy:
            events += visit.work(1000)
        told = last(events, "training").fields["message"]
        assert told.startswith("Das Training ist fertig. Behalten: die Gewichte von Epoche")

    def test_why_a_training_ran_away_is_told_in_it(self, data):
        visit = visiting(data, SMALL | {"learning_rate": 1e5, "schedule": "constant"})
        ask(visit, "hello", language="de")
        events = ask(visit, "start", until="end")
        while visit.busy:
            events += visit.work(1000)
        warning = last(events, "warning").fields
        assert warning["what"].startswith("Das Training ist in Epoche 1 divergiert: sein")
        assert warning["offers"][0]["sentence"].startswith("Neu starten mit Lernrate 100000 →")

    def test_the_page_knows_the_languages_that_it_has_a_catalogue_of(self):
        module = (STATIC / "language.js").read_text(encoding="utf-8")
        named = re.search(r"LANGUAGES = \{ (.*) \}", module)[1]
        there = {path.stem for path in (STATIC / "locale").glob("*.json")}
        assert set(re.findall(r"(\w+): ", named)) == {ENGLISH, *there}
