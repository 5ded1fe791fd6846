import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestrator.streaming.ffmpeg import running
from orchestrator.streaming.leftovers import end_leftover, remember
from tests.streaming.collector import until

ENDLESS = ["-loglevel", "info", "-re", "-f", "lavfi", "-i", "testsrc=size=64x64", "-f", "null", "-"]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def runs_with(argument: str) -> bool:
    return argument in subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout


async def test_it_is_gone_when_the_block_ends() -> None:
    async with running(ENDLESS) as child:
        assert alive(child.pid)
    assert not alive(child.pid)


async def test_it_is_gone_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError):
        async with running(ENDLESS) as child:
            _ = 1 / 0
    assert not alive(child.pid)


async def test_cancelling_again_and_again_leaves_no_child() -> None:
    pids: list[int] = []

    async def work() -> None:
        async with running(ENDLESS) as child:
            pids.append(child.pid)
            os.kill(child.pid, signal.SIGSTOP)  # so that it takes five seconds and a KILL
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await until(lambda: pids)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.3)
    assert task.cancelled()
    assert not alive(pids[0])


async def test_cancelling_while_it_starts_leaves_no_child(tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")

    async def work() -> None:
        async with running([*ENDLESS, "-metadata", f"title={marker}"]):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not runs_with(marker)


async def test_what_it_says_is_drained_and_bounded_and_without_secrets() -> None:
    lines: list[str] = []
    args = ["-f", "lavfi", "-i", "testsrc=size=64x64", "-t", "20", "-vf", "showinfo"]
    args += ["-metadata", "title=en-hemmelig-setning", "-f", "null", "-"]
    async with running(args, secrets=["en-hemmelig-setning"], on_line=lines.append) as child:
        await child.wait()
    assert len("".join(lines)) > 65536
    assert len(child.said) == 50
    assert not any("hemmelig" in line for line in lines)
    assert any("***" in line for line in lines)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("srt://h:1?passphrase=abc123def&mode=x", "srt://h:1?passphrase=***&mode=x"),
        ("rtsp://kamera:passord@10.0.0.1/1 failed", "rtsp://kamera:***@10.0.0.1/1 failed"),
    ],
)
async def test_credentials_in_urls_are_never_shown(said: str, shown: str) -> None:
    lines: list[str] = []
    args = ["-f", "lavfi", "-i", "anullsrc", "-t", "0.1", "-metadata", f"title={said}", "-f", "null", "-"]
    async with running(args, on_line=lines.append) as child:
        await child.wait()
    assert any(shown in line for line in lines)
    assert not any(said in line for line in lines)


def test_it_dies_with_us_when_we_are_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "child.pid"
    program = (
        "import asyncio, pathlib\n"
        "from orchestrator.streaming.ffmpeg import running\n"
        "async def main():\n"
        f"    async with running({ENDLESS!r}, pid_file=pathlib.Path({str(pid_file)!r})):\n"
        "        print('up', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as service:
        assert service.stdout
        assert service.stdout.readline() == b"up\n"
        pid = int(pid_file.read_text().split()[0])
        assert alive(pid)
        service.kill()
    for _ in range(100):
        if not alive(pid):
            break
        time.sleep(0.02)
    assert not alive(pid)


def test_a_leftover_is_ended_but_never_a_stranger_with_its_number(tmp_path: Path) -> None:
    pid_file = tmp_path / "receiver.pid"
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as sleeper:
        pid_file.write_text(f"{sleeper.pid} 12345")
        assert not end_leftover(pid_file)
        assert sleeper.poll() is None
        remember(pid_file, sleeper.pid)
        assert end_leftover(pid_file)
        assert sleeper.wait(timeout=2) == -signal.SIGKILL
    assert not pid_file.exists()
    assert not end_leftover(pid_file)
