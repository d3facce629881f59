"""Writes the archives of the tests with Python's own modules: `python make_archives.py` (made with Python 3.11)."""
import gzip
import io
import pathlib
import tarfile
import zipfile

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures"
TIME = (2020, 1, 1, 0, 0, 0)
TEXT = b"boxes and classes\n" * 200
LONG = "/".join(["a" * 60] * 3) + "/" + "b" * 60 + ".txt"
FILES = {"set/labels.txt": TEXT, "set/images/1.bin": bytes(range(256)) * 4, "set/empty": b"", LONG: b"deep"}


def zipped(name, files, method=zipfile.ZIP_DEFLATED, links=()):
    with zipfile.ZipFile(FOLDER / name, "w") as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, TIME)
            info.compress_type = method
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
        for path, target in links:
            info = zipfile.ZipInfo(path, TIME)
            info.create_system = 3
            info.external_attr = 0o120777 << 16
            archive.writestr(info, target)


def tarred(files, form, links=(), folders=("set",)):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for path in folders:
            info = tarfile.TarInfo(path)
            info.type = tarfile.DIRTYPE
            archive.addfile(info)
        for path, target, kind in links:
            info = tarfile.TarInfo(path)
            info.type = kind
            info.linkname = target
            archive.addfile(info)
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def write(name, content):
    (FOLDER / name).write_bytes(content)


FOLDER.mkdir(exist_ok=True)
zipped("deflated.zip", FILES)
zipped("stored.zip", FILES, zipfile.ZIP_STORED)
for name, form in [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
    # The long name does not fit where ustar keeps names.
    files = {path: content for path, content in FILES.items() if form != tarfile.USTAR_FORMAT or path != LONG}
    write(f"{name}.tar", tarred(files, form))
write("set.tar.gz", gzip.compress(tarred(FILES, tarfile.GNU_FORMAT), mtime=0))
whole = tarred(FILES, tarfile.GNU_FORMAT)
write("members.tar.gz", gzip.compress(whole[:1500], mtime=0) + gzip.compress(whole[1500:], mtime=0))

zipped("climbing.zip", {"../outside.txt": b"out"})
zipped("hidden-climbing.zip", {"set/images/../../../outside.txt": b"out"})
zipped("backslashes.zip", {"set\\..\\..\\outside.txt": b"out"})
zipped("links.zip", {"set/labels.txt": TEXT}, links=[("set/link", "/etc")])
write("absolute.tar", tarred({"/tmp/outside.txt": b"out"}, tarfile.GNU_FORMAT))
write("climbing.tar", tarred({"set/../../outside.txt": b"out"}, tarfile.PAX_FORMAT))
write(
    "links.tar",
    tarred(
        {"set/link/outside.txt": b"out", "set/labels.txt": TEXT}, tarfile.GNU_FORMAT,
        links=[("set/link", "/tmp", tarfile.SYMTYPE), ("set/hard", "/etc/passwd", tarfile.LNKTYPE),
               ("set/pipe", "", tarfile.FIFOTYPE)]))
zipped("large.zip", {"zeros.bin": bytes(4 << 20)})
write("large.tar.gz", gzip.compress(tarred({"zeros.bin": bytes(4 << 20)}, tarfile.GNU_FORMAT), mtime=0))

damaged = bytearray((FOLDER / "stored.zip").read_bytes())
damaged[damaged.index(TEXT)] ^= 1
write("damaged.zip", bytes(damaged))
write("truncated.zip", (FOLDER / "deflated.zip").read_bytes()[:-30])
write("truncated.tar", whole[:2100])
write("truncated.tar.gz", (FOLDER / "set.tar.gz").read_bytes()[:-20])
write("header.tar", whole[:100] + b"9" + whole[101:])
huge = bytearray(whole)
huge[124:136] = b"\x80" + b"\xff" * 11
huge[148:156] = b"%06o\0 " % (sum(huge[:148]) + 8 * 32 + sum(huge[156:512]))
write("huge.tar", bytes(huge))
