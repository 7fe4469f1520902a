# zlib: whole and in pieces, limits, dictionaries, copies, broken streams, checksums.
import copy
import zlib


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, str(e)
    else:
        raise AssertionError(f"{kind} expected")


data = b"".join(b"%d squared is %d; " % (i, i * i) for i in range(800))
for bits in 15, -15, 31:
    small = zlib.compress(data, 6, bits)
    assert len(small) < len(data) // 2
    assert zlib.decompress(small, bits, 1) == data
    c = zlib.compressobj(wbits=bits)
    pieces = [c.compress(data[:1000]), c.flush(zlib.Z_SYNC_FLUSH), c.compress(data[1000:])]
    other = c.copy()
    pieces.append(c.flush())
    assert zlib.decompress(b"".join(pieces), bits) == data
    assert zlib.decompress(b"".join(pieces[:3]) + other.compress(b"more") + other.flush(), bits) \
        == data + b"more"

    d = zlib.decompressobj(bits)
    got, rest = b"", small + b"behind"
    while not d.eof:
        piece = d.decompress(rest, 1000)
        assert len(piece) <= 1000
        got += piece
        rest = d.unconsumed_tail
        d = copy.copy(d)
    assert got == data and d.unused_data == b"behind"

words = b"squared is"
c = zlib.compressobj(zdict=words)
small = c.compress(words) + c.flush()
assert zlib.decompressobj(zdict=words).decompress(small) == words
raises(zlib.error, "Error 2 while decompressing data", zlib.decompressobj().decompress, small)
raises(zlib.error, "Error -3 while setting zdict: invalid input data",
       zlib.decompressobj(zdict=b"another").decompress, small)

small = zlib.compress(data)
raises(zlib.error, "Error -5 while decompressing data: incomplete or truncated stream",
       zlib.decompress, small[:-1])
raises(zlib.error, "Error -3 while decompressing data: incorrect header check",
       zlib.decompress, b"nothing of the kind")
raises(zlib.error, "Error -3 while decompressing data: incorrect data check",
       zlib.decompress, small[:-1] + bytes([small[-1] ^ 1]))
raises(zlib.error, "Error -2 while flushing: inconsistent stream state", c.flush)
raises(ValueError, "Inconsistent stream state", c.copy)
raises(zlib.error, "Bad compression level", zlib.compress, b"", 10)
raises(ValueError, "Invalid initialization option", zlib.compressobj, 1, 8, 99)
raises(ValueError, "max_length must be non-negative", zlib.decompressobj().decompress, b"", -1)
raises(TypeError, "a bytes-like object is required, not 'str'", zlib.compress, "text")

assert zlib.crc32(b"123456789") == 0xCBF43926 and zlib.adler32(b"Wikipedia") == 0x11E60398
assert zlib.crc32(data) == zlib.crc32(data[100:], zlib.crc32(data[:100]))
assert zlib.adler32(data) == zlib.adler32(memoryview(data)[100:], zlib.adler32(data[:100]))
