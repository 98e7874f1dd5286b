"""Builds the wheel for `pip install ./shim/python` (PEP 517): CMake builds the extension module with the
shim's sources beside this folder, and what it installs is zipped. The standard library alone, so that pip
has nothing to download. It needs cmake, a C++20 compiler, and the headers of Python, pybind11, Boost and
gRPC (Debian: cmake g++ ninja-build python3-dev pybind11-dev libboost1.81-dev libgrpc++-dev).

SHM_EXPORTER_BUILD_DIR keeps what was compiled there for the next time."""

import base64
import hashlib
import os
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SHIM = HERE.parent

# Zip files have no time zone and begin in 1980: the same sources give the same wheel.
EPOCH = (1980, 1, 1, 0, 0, 0)


class UnsupportedOperation(Exception):
    """What pip understands as: not from here."""


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def build_sdist(sdist_directory, config_settings=None):
    raise UnsupportedOperation("the package is built within the tree of shm_exporter")


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Says what the wheel will be, without building it; returns the name of a folder."""
    return write_info(project(), pathlib.Path(metadata_directory)).name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Builds and zips; returns the wheel's name."""
    described = project()
    wheel = f"{stem(described)}-{tag()}.whl"
    with tempfile.TemporaryDirectory(prefix="shm_exporter-wheel-") as temporary:
        installed = pathlib.Path(temporary) / "installed"
        install(pathlib.Path(os.environ.get("SHM_EXPORTER_BUILD_DIR", f"{temporary}/build")), installed)
        info = write_info(described, installed)
        write_zip(installed, info, pathlib.Path(wheel_directory) / wheel)
    return wheel


def project():
    """The table of pyproject.toml."""
    return tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def stem(described):
    return f"{described['name'].replace('-', '_')}-{described['version']}"


def write_info(described, tree):
    """The folder that says what is in a wheel."""
    info = tree / f"{stem(described)}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(metadata(described), encoding="utf-8")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nGenerator: shm_exporter\nRoot-Is-Purelib: false\n"
                                f"Tag: {tag()}\n", encoding="utf-8")
    return info


def tag():
    """Of this interpreter on this machine: cp311-cp311-linux_x86_64."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def install(build, installed):
    """Compiles in `build`, for the interpreter that runs this."""
    run("cmake", "-S", SHIM, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DSHMX_WITH_GRPC=OFF",
        "-DSHMX_WITH_PYTHON=ON", f"-DSHMX_PYTHON={sys.executable}", "-DSHMX_PYTHON_INSTALL_DIR=.")
    run("cmake", "--build", build, "--target", "shm_exporter_python", "--parallel", os.cpu_count() or 1)
    run("cmake", "--install", build, "--prefix", installed, "--component", "python3-shm-exporter", "--strip")


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def metadata(described):
    """The file METADATA (PEP 566)."""
    lines = ["Metadata-Version: 2.1", f"Name: {described['name']}", f"Version: {described['version']}",
             f"Summary: {described['description']}", f"Requires-Python: {described['requires-python']}"]
    for extra, requirements in described["optional-dependencies"].items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {requirement} ; extra == "{extra}"' for requirement in requirements]
    return "\n".join(lines) + "\n"


def write_zip(tree, info, wheel):
    """The tree with its RECORD: each file with its hash and length."""
    record = []
    with zipfile.ZipFile(wheel, "w") as archive:
        def add(name, content, mode=0o644):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)

        for path in sorted(path for path in tree.rglob("*") if path.is_file()):
            name, content = path.relative_to(tree).as_posix(), path.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}")
            add(name, content, 0o755 if path.suffix == ".so" else 0o644)
        name = f"{info.name}/RECORD"
        add(name, "\n".join([*record, f"{name},,"]) + "\n")
