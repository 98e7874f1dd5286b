"""mutate.py MUTANT SOURCE OUTPUT: a copy of a source of the agent in which one thing is done wrong, for the
harness to find. Fails when the source no longer says what is replaced, or says it twice."""

import pathlib
import sys

MUTANTS = {
    # A segment that is found again after a crash is folded again.
    "no_identity_recorded": (
        "collector_state.cc",
        "    changes.folded.push_back(burial.identity);\n",
        "    static_cast<void>(burial);\n"),
    # What is gone when the agent is killed is in no total.
    "unlink_before_commit": (
        "collector_state.cc",
        "    changes.folded.push_back(burial.identity);\n",
        "    changes.folded.push_back(burial.identity);\n"
        "    const scan::File& file = *scanner_.find(burial.id);\n"
        "    file.directory->unlink_if_same(file.name, file.identity);\n"),
    # What a process counts after its fold is in no total.
    "fold_before_the_lock_is_free": (
        "collector.cc",
        "  if (settled_ && found != live_.end() &&\n"
        "      segment_lock_state(found->second.file->fd.get()) == LockState::free) {\n",
        "  if (settled_ && found != live_.end()) {\n"),
}


def main():
    mutant, source, output = sys.argv[1:]
    name, right, wrong = MUTANTS[mutant]
    text = pathlib.Path(source).read_text(encoding="utf-8")
    if pathlib.Path(source).name != name or text.count(right) != 1:
        sys.exit(f"{mutant}: expected once in {name}, found {text.count(right)} times in {source}:\n{right}")
    pathlib.Path(output).write_text(text.replace(right, wrong), encoding="utf-8")


if __name__ == "__main__":
    main()
