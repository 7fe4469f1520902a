"""Our instruction table against that of python3.11: names, numbers, caches, stack effects. TAP."""
import opcode
import subprocess
import sys

if sys.version_info[:2] != (3, 11):
    print("1..0 # SKIP needs Python 3.11 to compare with")
    sys.exit(0)


def theirs():
    for number, name in enumerate(opcode.opname):
        if name.startswith("<"):
            continue
        for argument in range(16 if number >= opcode.HAVE_ARGUMENT else 1):
            given = argument if number >= opcode.HAVE_ARGUMENT else None
            yield (f"{number} {name} {opcode._inline_cache_entries[number]} {argument} "
                   f"{opcode.stack_effect(number, given, jump=False)} "
                   f"{opcode.stack_effect(number, given, jump=True)}")


ours = subprocess.run(sys.argv[1:], check=True, capture_output=True, text=True).stdout.splitlines()
wanted = list(theirs())
different = sorted(set(ours) ^ set(wanted))
print("1..1")
print(f"{'not ok' if different else 'ok'} 1 - {len(wanted)} instructions and arguments as CPython's")
for line in different:
    print(f"# {'ours' if line in ours else 'theirs'}: {line}")
sys.exit(bool(different))
