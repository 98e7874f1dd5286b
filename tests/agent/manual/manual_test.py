"""The manual pages and the completions of both programs against what their --help says, command by
command: man renders the pages, bash and fish themselves complete.
manual_test.py SHM_EXPORTER SHMTOOL MADE [TEST...]"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

MADE = pathlib.Path(sys.argv[3])
PROGRAMS = {pathlib.Path(path).name: path for path in sys.argv[1:3]}

OPTION = re.compile(r"^  (?:(-\w),)?(--[a-z0-9.-]+)", re.MULTILINE)
COMMAND = re.compile(r"^  ([a-z-]+)  ", re.MULTILINE)


def output(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, **options).stdout


class Help:
    """What --help says of a command, and of those below it."""

    def __init__(self, program, words=()):
        text = output(PROGRAMS[program], *words, "--help")
        options, _, commands = text.partition("\nSubcommands:\n")
        self.program = program
        self.words = words
        self.options = {name for names in OPTION.findall(options) for name in names if name}
        self.commands = [Help(program, (*words, name)) for name in COMMAND.findall(commands)]

    def all(self):
        yield self
        for command in self.commands:
            yield from command.all()


def page(program):
    """The page as a reader sees it, in lines so long that none is broken."""
    return output("man", "--local-file", "--no-hyphenation", "--no-justification", MADE / f"{program}.1",
                  env={"PATH": "/usr/bin:/bin", "MANWIDTH": "1000", "LC_ALL": "C"})


def complete(program, *words):
    """What bash offers for the last of the words, as readline would have split them."""
    script = """
        source "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        "_$1"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
    offered = output("bash", "-c", script, "bash", MADE / f"{program}.bash", program, *words)
    return set(offered.split("\n")) - {""}


def complete_by_fish(program, *words):
    """What fish offers for the last of the words, without its descriptions."""
    said = output("fish", "--no-config", "-c", f"source {MADE / program}.fish; complete -C $argv[1]",
                  " ".join([program, *words]), env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    return {line.split("\t")[0] for line in said.splitlines()}


class ManualTest(unittest.TestCase):

    def setUp(self):
        self.maxDiff = None

    def test_help_is_understood_by_this_test(self):
        words = {help.words for help in Help("shmtool").all()}
        self.assertLessEqual({(), ("dump",), ("check", "segments"), ("audit", "verify")}, words)
        self.assertLessEqual({"-h", "--help", "--web.listen-address"}, Help("shm_exporter").options)

    def test_every_option_and_command_of_help_is_in_the_page(self):
        for program in PROGRAMS:
            sections = page(program)
            for help in Help(program).all():
                name = " ".join([program, *help.words])
                section = sections
                if help.words and not help.commands:
                    heading = re.search(rf"^   {name}( .*)?$", sections, re.MULTILINE)
                    self.assertTrue(heading, f"{name} has no section")
                    section = re.split(r"^ {0,3}\S", sections[heading.end():], flags=re.MULTILINE)[0]
                for option in help.options:
                    with self.subTest(command=name, option=option):
                        self.assertTrue(re.search(rf"(?m)^ +(-\w, )?{re.escape(option)}( |,|$)", section))

    def test_the_pages_have_their_sections(self):
        for program in PROGRAMS:
            headings = re.findall(r"^([A-Z]+(?: [A-Z]+)?)$", page(program), re.MULTILINE)
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES",
                            "EXIT STATUS", "EXAMPLES", "SEE ALSO"]:
                self.assertEqual(headings.count(section), 1, f"{program}: {section}")

    def test_man_warns_of_nothing(self):
        for program in PROGRAMS:
            said = subprocess.run(["man", "--warnings", "--local-file", MADE / f"{program}.1"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
            self.assertEqual(said.stderr, "")
            self.assertIn(f'"{program} - ', output("lexgrog", MADE / f"{program}.1"))

    def test_otlps_variables_are_in_the_page(self):
        text = page("shm_exporter")
        for variable in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME", "OTEL_METRIC_EXPORT_INTERVAL"]:
            self.assertIn(variable, text)

    def test_bash_offers_every_option_and_command_of_help_and_no_other(self):
        for program in PROGRAMS:
            for help in Help(program).all():
                with self.subTest(program=program, words=help.words):
                    self.assertEqual(complete(program, *help.words, "--"),
                                     {option for option in help.options if option.startswith("--")})
                    self.assertLessEqual(help.options, complete(program, *help.words, "-"))
                    if help.commands:
                        self.assertEqual(complete(program, *help.words, ""),
                                         {command.words[-1] for command in help.commands})

    def test_bash_offers_the_words_that_an_option_takes(self):
        self.assertEqual(complete("shm_exporter", "--log.level", ""), {"debug", "info", "warn", "error"})
        self.assertEqual(complete("shm_exporter", "--log.format", "j"), {"json"})
        self.assertEqual(complete("shmtool", "top", "--by", "=", "me"), {"method"})
        self.assertEqual(complete("shmtool", "top", "--by", "="), {"job", "method"})
        self.assertEqual(complete("shmtool", "check", "tls", "x:1", "--alpn", "h2"), {"h2"})
        self.assertEqual(complete("shmtool", "top", "--filter", ""), set())

    def test_bash_offers_files_and_directories_where_they_are_wanted(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "below").mkdir()
            (pathlib.Path(folder) / "file name.yml").touch()
            both = {f"{folder}/below", f"{folder}/file name.yml"}
            for words in [("check", "config"), ("dump",), ("top", "--tls-ca"), ("audit", "verify"),
                          ("audit", "verify", "--key")]:
                self.assertEqual(complete("shmtool", *words, f"{folder}/"), both)
            self.assertEqual(complete("shm_exporter", "--config.file", f"{folder}/f"),
                             {f"{folder}/file name.yml"})
            self.assertEqual(complete("shmtool", "check", "segments", f"{folder}/"), {f"{folder}/below"})
            self.assertEqual(complete("shm_exporter", "--state.directory", f"{folder}/"),
                             {f"{folder}/below"})

    def test_fish_offers_every_option_and_command_of_help_and_no_other(self):
        for program in PROGRAMS:
            for help in Help(program).all():
                with self.subTest(program=program, words=help.words):
                    self.assertEqual(complete_by_fish(program, *help.words, "--"),
                                     {option for option in help.options if option.startswith("--")})
                    if help.commands:
                        self.assertEqual(complete_by_fish(program, *help.words, ""),
                                         {command.words[-1] for command in help.commands})

    def test_fish_offers_the_words_files_and_directories_that_are_wanted(self):
        self.assertEqual(complete_by_fish("shm_exporter", "--log.level", ""),
                         {"debug", "info", "warn", "error"})
        self.assertEqual(complete_by_fish("shmtool", "top", "--by="), {"--by=job", "--by=method"})
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "below").mkdir()
            (pathlib.Path(folder) / "file.yml").touch()
            self.assertEqual(complete_by_fish("shmtool", "check", "config", f"{folder}/"),
                             {f"{folder}/below/", f"{folder}/file.yml"})
            self.assertEqual(complete_by_fish("shmtool", "check", "segments", f"{folder}/"),
                             {f"{folder}/below/"})
            self.assertEqual(complete_by_fish("shmtool", "top", "--filter", f"{folder}/"), set())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
