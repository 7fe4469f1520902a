"""Prints the checksum of every Python program, as CPython 3.11 has it: for tests/programs/checksums.txt."""
import pathlib
import subprocess

SCALE = "0.05"
folder = pathlib.Path(__file__).resolve().parents[2] / "workloads" / "python"
for program in sorted(folder.glob("*.py")):
    said = subprocess.run(["/usr/bin/python3.11", "-I", program, SCALE], capture_output=True, text=True, check=True)
    print(program.stem, said.stdout.strip())
