"""Where cells are run: threads of this process, each waiting for a process of its own, or the workers of Dask.

Decides nothing about cells. Dask gives the cells of a worker that died to another one by itself.
"""

from __future__ import annotations

import importlib
import logging
import re
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from tts_doctor.effects.run_apart import end_all, run_apart, unknown
from tts_doctor.errors import DoctorError, UsageError

CONNECT_SECONDS = 10
RETRIES = 3


class Engine:
    """Use as a context manager. Raises DoctorError where the scheduler cannot be reached."""

    def __init__(self, jobs: int, scheduler: str) -> None:
        self._end = ExitStack()
        self._jobs = jobs
        self._address = scheduler
        self._client: Any = None
        if scheduler:
            self._client = self._connect(scheduler)
            self._executor: Executor = self._client.get_executor(pure=False, retries=RETRIES)
        else:
            self._executor = self._end.enter_context(ThreadPoolExecutor(jobs))

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        # a scheduler forgets what a client wanted that has left
        if kind is not None and isinstance(self._executor, ThreadPoolExecutor):
            self._executor.shutdown(wait=False, cancel_futures=True)
            end_all()
        self._end.close()

    @property
    def places(self) -> int:
        """How many cells are worth handing out at a time; one more for each worker of Dask, lest it waits for us."""
        threads = self._threads()
        return self._jobs if self._client is None else max(1, sum(threads) + len(threads))

    @property
    def deserted(self) -> bool:
        """Whether there is nobody to run a cell now."""
        return self._client is not None and not self._threads()

    def submit(self, task: str, seconds: float) -> Future[str]:
        """Hand out one cell."""
        return self._executor.submit(run_apart, task, seconds)

    def result(self, future: Future[str], key: str) -> str:
        """What `run_apart` returned, or the unknown result of a cell that took its workers down."""
        try:
            return future.result()
        except CancelledError:
            raise self._gone() from None
        except Exception as error:
            first = re.split(r"\.\s", str(error), maxsplit=1)[0]
            said = f"{type(error).__name__}: {first}"
            return unknown(key, f"the workers fail: {said}", f"工作进程失败：{said}")

    def _threads(self) -> list[int]:
        """Of each worker of Dask."""
        try:
            return list(self._client.nthreads().values()) if self._client else []
        except (OSError, ValueError, RuntimeError):
            raise self._gone() from None

    def _gone(self) -> DoctorError:
        address = self._address
        return DoctorError(
            f"the Dask scheduler at {address} is gone",
            f"{address} 的 Dask 调度器已不在",
            hint_en="what is known is kept: go on with --resume",
            hint_zh="已知结果均已保存：可用 --resume 继续",
        )

    def _connect(self, address: str) -> Any:
        try:
            distributed = importlib.import_module("distributed")
        except ImportError:
            raise UsageError(
                "--scheduler needs Dask",
                "--scheduler 需要 Dask",
                hint_en="pip install 'tts-doctor[matrix]'",
                hint_zh="pip install 'tts-doctor[matrix]'",
            ) from None
        # it tells of a lost scheduler in pages; we do in a line
        for part in ("client", "core", "utils"):
            logging.getLogger(f"distributed.{part}").setLevel(logging.CRITICAL)
        try:
            return self._end.enter_context(distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False))
        except (OSError, ValueError) as error:
            said = f"no Dask scheduler at {address}: {error}", f"{address} 没有 Dask 调度器：{error}"
            raise DoctorError(*said) from None
