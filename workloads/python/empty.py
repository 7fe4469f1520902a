"""No work at all: what starting and ending the interpreter costs. The row of start-up, in no mean."""
print("checksum=0x0000000000000000")
