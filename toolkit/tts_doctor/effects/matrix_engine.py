"""Where cells are run: threads of this process, each waiting for a process of its own, or the workers of Dask.

Decides nothing about cells. Dask gives the cells of a worker that died to another one by itself.
"""

from __future__ import annotations

import importlib
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from tts_doctor.effects.run_apart import end_all, run_apart
from tts_doctor.errors import DoctorError, UsageError

CONNECT_SECONDS = 10
RETRIES = 3


class Engine:
    """Use as a context manager. Raises DoctorError where the scheduler cannot be reached."""

    def __init__(self, jobs: int, scheduler: str) -> None:
        self._end = ExitStack()
        self._jobs = jobs
        self._client: Any = None
        if scheduler:
            self._client = self._connect(scheduler)
            self._executor: Executor = self._client.get_executor(pure=False, retries=RETRIES)
        else:
            self._executor = self._end.enter_context(ThreadPoolExecutor(jobs))

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if kind is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            end_all()
        self._end.close()

    @property
    def places(self) -> int:
        """How many cells are worth handing out at a time; one more for each worker of Dask, lest it waits for us."""
        if self._client is None:
            return self._jobs
        threads: list[int] = list(self._client.nthreads().values())
        return max(1, sum(threads) + len(threads))

    def submit(self, task: str, seconds: float) -> Future[str]:
        """Hand out one cell."""
        return self._executor.submit(run_apart, task, seconds)

    def _connect(self, address: str) -> Any:
        try:
            distributed = importlib.import_module("distributed")
        except ImportError:
            raise UsageError(
                "--scheduler needs Dask",
                "--scheduler 需要 Dask",
                hint_en="pip install 'tts-doctor[matrix]'",
            ) from None
        try:
            return self._end.enter_context(distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False))
        except (OSError, ValueError) as error:
            said = f"no Dask scheduler at {address}: {error}", f"{address} 没有 Dask 调度器：{error}"
            raise DoctorError(*said) from None
