"""A SLURM cluster of one node, on this machine and for one test session only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

CONFIGURATION = """\
ClusterName=loop
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
DependencyParameters=kill_invalid_depend
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MessageTimeout=60
TCPTimeout=30
BatchStartTimeout=120
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=500 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
# The timeouts are six and more times those of SLURM: where all cores are taken, an answer takes
# seconds, and a job that is late is requeued or lost.


class Cluster:
    """Daemons with their own key, socket, ports and state, on the loopback interface.

    Parameters
    ----------
    folder : Path
        Where all of that lies; the name must be short, as it holds a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = folder / "slurm.conf"
        self.daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(mode=0o700)
        key = self.folder / "munge" / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        self.configuration.write_text(
            CONFIGURATION.format(
                host=socket.gethostname().partition(".")[0],
                port=_free_port(),
                node_port=_free_port(),
                folder=self.folder,
                # Starting a job is mostly waiting: more at once than there are cores.
                cpus=2 * (os.cpu_count() or 1),
            )
        )
        files = [f"--{name}-file={self.folder}/munged.{name}" for name in ("pid", "log", "seed")]
        self._run(
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            f"--socket={self.folder}/munge.sock",
            *files,
        )
        self._run("slurmctld", "-D", "-f", str(self.configuration))
        self._run("slurmd", "-D", "-f", str(self.configuration))
        self._wait("idle", 30, "sinfo", "-h", "-o", "%T")

    def stop(self) -> None:
        for daemon in reversed(self.daemons):
            _stop(daemon)

    def _run(self, name: str, *arguments: str) -> None:
        log = (self.folder / f"{name}.out").open("wb")
        with log:
            self.daemons.append(
                subprocess.Popen(
                    [name, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "SLURM_CONF": str(self.configuration)},
                )
            )

    def wait_until_empty(self, seconds: float = 60) -> None:
        """Wait until no job is queued or running."""
        self._wait("", seconds, "squeue", "-h", "-o", "%T")

    def ask(self, *command: str) -> str:
        """Run one of SLURM's commands and return what it writes."""
        environment = {**os.environ, "SLURM_CONF": str(self.configuration)}
        asked = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        # An empty answer means something: a command that failed must not look like one.
        failed = f"exit status {asked.returncode}" if asked.returncode else ""
        return asked.stdout.strip() or asked.stderr.strip() or failed

    def _wait(self, expected: str, seconds: float, *command: str) -> None:
        deadline = time.monotonic() + seconds
        answer = None
        while answer != expected:
            if time.monotonic() > deadline:
                logs = "\n".join(log.read_text()[-2000:] for log in self.folder.glob("*.log"))
                raise RuntimeError(f"{command[0]} still answers {answer!r}\n{logs}")
            time.sleep(0.1)
            answer = self.ask(*command)


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(10)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
