"""Coverage-guided fuzzing of the decoders with atheris, where it is installed.

    pip install atheris
    python benchmarks/fuzz_payloads.py [--decoder NAME ...] [--seconds 300] [--corpus FOLDER]

Each decoder begins from genuine messages. A message that raises, takes over two seconds or over
a gigabyte, or whose answer cannot be stored ends the run and is written out by atheris.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/unit/iot/payloads"))

MOST_S, MOST_MB = 2, 1_024


def fuzz(name: str, seconds: int, corpus: Path) -> None:
    """Fuzzes one decoder. Ends the process."""
    import atheris

    with atheris.instrument_imports(include=["canopy.iot"]):
        import msgspec
        from payload_bodies import DECODERS, SAMPLES

    folder = corpus / name
    folder.mkdir(parents=True, exist_ok=True)
    for at, body in enumerate(SAMPLES[name]):
        (folder / f"genuine-{at}").write_bytes(body)
    decode = DECODERS[name]

    def one(body: bytes) -> None:
        msgspec.json.encode(decode(body))

    options = [
        f"-max_total_time={seconds}", f"-timeout={MOST_S}", f"-rss_limit_mb={MOST_MB}",
        "-max_len=8192",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], one)
    atheris.Fuzz()


def main() -> None:
    if importlib.util.find_spec("atheris") is None:
        print("skipped: atheris is not installed (pip install atheris)")
        return
    from payload_bodies import DECODERS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decoder", action="append", choices=sorted(DECODERS))
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--corpus", type=Path)
    given = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as made:
        for name in given.decoder or sorted(DECODERS):
            # libFuzzer ends the process it runs in.
            process = multiprocessing.get_context("spawn").Process(
                target=fuzz, args=(name, given.seconds, given.corpus or Path(made))
            )
            process.start()
            process.join()
            print(f"{name}: {'no fault' if process.exitcode == 0 else 'FAULT'}")
            if process.exitcode:
                failed.append(name)
    if failed:
        raise SystemExit(f"faults in {', '.join(failed)}")


if __name__ == "__main__":
    main()
