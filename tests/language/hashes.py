# The hashes of hashlib that need no OpenSSL module: published values, pieces, copies, threads.
import _blake2
import _md5
import _sha1
import _sha256
import _sha3
import _sha512

from sure_threads import Thread

PUBLISHED = [  # of b"abc"
    (_md5.md5, "900150983cd24fb0d6963f7d28e17f72"),
    (_sha1.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (_sha256.sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
    (_sha256.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (_sha512.sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                     "8086072ba1e7cc2358baeca134c825a7"),
    (_sha512.sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    (_sha3.sha3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
    (_sha3.sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
    (_blake2.blake2b, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                      "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"),
    (_blake2.blake2s, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"),
]


def raises(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert str(e) == text, str(e)
    else:
        raise AssertionError(f"{kind} expected")


for make, digest in PUBLISHED:
    h = make(b"abc")
    assert h.hexdigest() == h.digest().hex() == digest, h.name
    assert h.digest_size == len(digest) // 2
    h = make()
    for piece in b"a", bytearray(b"b"), memoryview(b"c"):
        h.update(piece)
    assert h.hexdigest() == digest
    other = h.copy()
    other.update(b"d")
    assert type(other) is type(h) and other.digest() == make(b"abcd").digest()
    assert h.hexdigest() == digest
    data = bytes(range(256)) * 12
    for cut in 0, 1, 63, 64, 65, 127, 128, 129, 2047, 2048, 3072:
        h = make(data[:cut])
        h.update(data[cut:])
        assert h.digest() == make(data, usedforsecurity=False).digest(), (h.name, cut)
    raises(TypeError, "Strings must be encoded before hashing", make, "abc")
    raises(TypeError, "object supporting the buffer API required", h.update, 5)

h = _sha3.shake_128(b"abc")
assert h.digest(0) == b"" and h.digest_size == 0
assert h.hexdigest(16) == "5881092dd818bf5cf8a3ddb793fbcba7"
assert h.digest(300)[:16] == h.digest(16)
raises(ValueError, "value must be positive", h.digest, -1)
raises(ValueError, "length is too large", h.digest, 1 << 29)

# Trees, keys and the like: values of the reference implementation.
parameters = dict(digest_size=20, key=b"k", salt=b"s", person=b"p", fanout=2, depth=2, leaf_size=7,
                  node_offset=99, node_depth=3, inner_size=5, last_node=True)
assert _blake2.blake2b(b"abc", **parameters).hexdigest() == "81d65054fc35848e214b7ff9e17d61e6977c85ed"
assert _blake2.blake2s(b"abc", **parameters).hexdigest() == "3f59b7c2cd363e65ffefea389a064a70501b4b79"
raises(ValueError, "digest_size must be between 1 and 64 bytes", _blake2.blake2b, digest_size=65)
raises(ValueError, "maximum key length is 32 bytes", _blake2.blake2s, key=bytes(33))
raises(OverflowError, "node_offset is too large", _blake2.blake2s, node_offset=1 << 48)
raises(ValueError, "depth must be between 1 and 255", _blake2.blake2b, depth=0)

# Several threads at one object: no piece is lost or cut.
for make in _sha256.sha256, _blake2.blake2b:
    h = make()
    data = bytes(5000)
    threads = [Thread(target=lambda: [h.update(data) for _ in range(4)]) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert h.digest() == make(data * 12).digest()
