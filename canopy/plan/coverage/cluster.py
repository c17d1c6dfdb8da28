"""Dask workers: those of a cluster at an address, or processes of this machine.

Connections, TLS and timeouts are dask's own and are set in its configuration.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

import dask
import numba
import numpy as np
from distributed import Client, LocalCluster
from llvmlite import binding

import canopy
from canopy.errors import ClusterUnavailable

WORKERS_WAIT_S = 30.0
"""How long a cluster may be without any worker."""


@dataclass(frozen=True, slots=True)
class Build:
    """What the bits of a level depend on besides the problem.

    Attributes:
        canopy, numba, numpy: versions.
        processor: that the kernels are compiled for.
    """

    canopy: str
    numba: str
    numpy: str
    processor: str

    def __str__(self) -> str:
        return "Canopy {}, numba {}, numpy {} on {}".format(*astuple(self))


def own_build() -> Build:
    """That of this process."""
    processor = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    return Build(canopy.__version__, numba.__version__, np.__version__, processor)


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the cluster whose scheduler is at `address`, such as ``tls://host:8786``.

    Raises ClusterUnavailable where nobody answers within dask's own timeout, where no worker
    is there, and where the workers are not of one build with this process.
    """
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # a TypeError where TLS is not set up
        waited = dask.config.get("distributed.comm.timeouts.connect")
        raise ClusterUnavailable(
            f"no dask scheduler answered at {address} within {waited}: {error}. Give the address "
            "that the scheduler printed when it started, such as tcp://10.0.0.5:8786"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_WAIT_S)
        except TimeoutError as error:
            raise ClusterUnavailable(
                f"the cluster at {address} has no worker: start one with `dask worker {address}`"
            ) from error
        agreed_build(client)
        yield client


@contextmanager
def local_workers(count: int) -> Iterator[Client]:
    """A client of `count` processes on this machine, which end with it.

    Each works on one core: tiles balance them, which numba's threads, having got equal
    shares of an uneven run, do not. They listen on the loopback interface only.
    """
    with (
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            env={"NUMBA_NUM_THREADS": "1"},
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def worker_count(client: Client) -> int:
    """How many workers there are now. Raises ClusterUnavailable where the scheduler is gone."""
    if client.status != "running":
        raise lost("the scheduler is gone")
    try:
        return len(client.nthreads())
    except OSError as error:
        raise lost(error) from error


def lost(error: BaseException | str) -> ClusterUnavailable:
    """That the scheduler went away while it was needed."""
    return ClusterUnavailable(f"the cluster was lost: {error}")


def agreed_build(client: Client) -> Build:
    """The build of all workers. Raises ClusterUnavailable where they are not of one.

    Their versions have to be those of this process. Their processor need not be its: nothing
    that it computes is summed or compared with what they do.
    """
    own = own_build()
    try:
        builds: dict[str, Build] = client.run(own_build)
    except OSError as error:
        raise lost(error) from error
    except ImportError as error:
        raise ClusterUnavailable(
            f"a worker cannot load Canopy ({error}): install Canopy {own.canopy} where the "
            "workers run"
        ) from error
    agreed = next(iter(builds.values()))
    for worker, build in builds.items():
        _refuse_versions(worker, build, own)
        if build.processor != agreed.processor:
            raise ClusterUnavailable(
                f"the workers have different processors ({agreed.processor}, {build.processor}), "
                "on which the same kernel may round differently. Start all of them with "
                "NUMBA_CPU_NAME=generic, or use those of one kind"
            )
    return agreed


def _refuse_versions(worker: str, build: Build, own: Build) -> None:
    if astuple(build)[:3] != astuple(own)[:3]:
        raise ClusterUnavailable(
            f"the worker {worker} has {build}, this process {own}: levels of different versions "
            "must not be mixed. Install the same versions on both"
        )
