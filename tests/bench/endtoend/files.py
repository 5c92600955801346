"""Files as users move them: scp, sftp, an Ansible playbook, git; straight and through the proxy."""

import os
import pathlib
import shlex
import shutil
import subprocess
import time

from .bulk import GIB, MIB

SMALL_FILES, SMALL_SIZE = 10_000, 4096
GIT_FILES = 100
TASKS = 20
PATHS = ("direct", "jump", "recorded")
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks:\n"


class Work:
    """What is moved, and where to: everything in memory, so that no disk is measured but the recordings'."""

    def __init__(self, folder, big, small_files, git_mib):
        self.folder = pathlib.Path(folder)
        self.big = pathlib.Path(big)
        self.small = self.folder / "small"
        self.small.mkdir()
        for number in range(small_files):
            (self.small / str(number)).write_bytes(os.urandom(SMALL_SIZE))
        self.goal = self.folder / "goal"
        self.settings = self.folder / "ansible.cfg"
        self.settings.write_text("[defaults]\n")
        self.play = self.folder / "play.yml"
        self.play.write_text(PLAYBOOK + "".join(self._task(number) for number in range(TASKS)))
        self.repository = self._repository(git_mib)

    def _task(self, number):
        page = f"{self.goal}/page{number}"
        return [f"    - command: echo {number}\n", f'    - copy: {{content: "{number}", dest: {page}}}\n',
                f"    - file: {{path: {page}-folder, state: directory}}\n",
                f"    - stat: {{path: {self.goal}}}\n"][number % 4]

    def _repository(self, mib):
        repository = self.folder / "repository"
        repository.mkdir()
        for number in range(GIT_FILES):
            (repository / str(number)).write_bytes(os.urandom(mib * MIB // GIT_FILES))
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"], ["repack", "-q", "-a", "-d"]):
            subprocess.run(["git", *words], cwd=repository, check=True, env=git_environment(os.environ))
        return repository


def git_environment(given):
    return {**given, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}


def options(path):
    return path.client.options(f"User={path.user}", *path.options)


def scp(*flags):
    def command(path, source, goal):
        return ["scp", "-q", *flags, *options(path), "-P", str(path.port), source, goal], None, None
    return command


def sftp(path, source, goal):
    """The same by sftp's own command line; which way it goes, the host in front tells."""
    up = goal.startswith("127.0.0.1:")
    names = [str(name).removeprefix("127.0.0.1:") for name in (source, goal)]
    line = f"{'put' if up else 'get'} -R {names[0]} {names[1]}\n"
    return ["sftp", "-q", *options(path), "-b", "-", "-P", str(path.port), "127.0.0.1"], line.encode(), None


def ansible(path, work):
    inventory = work.folder / f"hosts-{path.name}"
    words = options(path)[2:]  # without "-F none", which is said below
    inventory.write_text(f"web1 ansible_host=127.0.0.1 ansible_port={path.port} ansible_user={path.user} "
                         f"ansible_ssh_private_key_file={path.client.key_file} ansible_python_interpreter=/usr/bin/python3\n")
    home = work.folder / "ansible"
    return ["ansible-playbook", "-i", str(inventory), str(work.play)], None, path.client.environment({
        "ANSIBLE_HOME": str(home), "ANSIBLE_LOCAL_TEMP": str(home / "tmp"), "ANSIBLE_REMOTE_TEMP": str(home / "there"),
        "ANSIBLE_CONFIG": str(work.settings), "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(path.scene.folder / f"cp-{path.name}"),
        "ANSIBLE_SSH_COMMON_ARGS": "-F none " + shlex.join(words)})


def clone(path, work):
    shell = shlex.join(["ssh", *options(path), "-p", str(path.port)])
    environment = git_environment(path.client.environment({"GIT_SSH_COMMAND": shell}))
    return ["git", "clone", "-q", "--no-checkout", f"127.0.0.1:{work.repository}", str(work.goal / "clone")], None, environment


def jobs(work, small_mib, big_mib, git_mib):
    """{name: (what to run for a path, MiB that pass)}; each finds an empty folder `goal`."""
    far, near = "127.0.0.1:{}".format, str
    one, many, goal = work.big, work.small, work.goal
    found = {}
    for program, run in (("scp", scp()), ("sftp", sftp)):
        for way, here, there in (("upload", near, far), ("download", far, near)):
            found[f"{program}, one file, {way}"] = (
                lambda path, run=run, here=here, there=there: run(path, here(one), there(goal / "big")), big_mib)
    for program, run in (("scp", scp("-r")), ("sftp", sftp)):
        for way, here, there in (("upload", near, far), ("download", far, near)):
            found[f"{program}, small files, {way}"] = (
                lambda path, run=run, here=here, there=there: run(path, here(many), there(goal / "many")), small_mib)
    found["ansible-playbook"] = (lambda path: ansible(path, work), None)
    found["git clone"] = (lambda path: clone(path, work), git_mib)
    return found


def forget_connection(path):
    """The one that Ansible keeps for its next play."""
    folder = path.scene.folder / f"cp-{path.name}"
    for socket in folder.glob("*") if folder.exists() else ():
        subprocess.run(["ssh", "-F", "none", "-O", "exit", "-S", str(socket), "x"], stdin=subprocess.DEVNULL,
                       capture_output=True, check=False)


def run_one(path, work, job, mib):
    """{seconds, cpu_s, cpu_s_per_gib}"""
    shutil.rmtree(work.goal, ignore_errors=True)
    work.goal.mkdir()
    words, given, environment = job(path)
    before, began = path.cpu(), time.perf_counter()
    done = subprocess.run(words, input=given, stdin=None if given is not None else subprocess.DEVNULL, capture_output=True,
                          timeout=600, env=environment or path.client.environment())
    seconds = time.perf_counter() - began
    forget_connection(path)
    if done.returncode:
        raise RuntimeError(f"{path.label}: {words[0]} ended with {done.returncode}: {(done.stderr + done.stdout).decode()}")
    path.settle()
    used = None if before is None else path.cpu() - before
    return {"seconds": seconds, "cpu_s": used, "cpu_s_per_gib": used * GIB / (mib * MIB) if used is not None and mib else None}


def measure(scene, folder, big, big_mib, small_files, git_mib, rounds, note):
    """[{job, path, round, mib, ...}]: all ways once a round, every second round in the other order."""
    work = Work(folder, big, small_files, git_mib)
    results = []
    for name, (job, mib) in jobs(work, small_files * SMALL_SIZE / MIB, big_mib, git_mib).items():
        for turn in range(rounds):
            for which in PATHS if turn % 2 == 0 else PATHS[::-1]:
                figures = run_one(scene.paths[which], work, job, mib)
                results.append({"job": name, "path": which, "round": turn, "mib": mib, **figures})
        note(f"files: {name}")
    return results
