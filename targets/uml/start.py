"""Start User-mode Linux: python3 start.py PROGRAM WORD... Changes nothing but what its own process may do, then becomes that program.

The buffer in which kernels before 6.14 keep a program's vector registers has a fixed size. Where the processor has more of them than fit
(Intel's AMX), such a kernel cannot start any program; it falls back to the registers of SSE where asking for all of them fails. So there
it is made to fail, with a filter for that one system call (seccomp), and the programs inside are told not to use wider registers (AVX),
which nobody would keep for them.
"""

import ctypes
import os
import struct
import sys

NARROW = "--narrow"
"""First word for a kernel with that buffer."""
REGISTERS = "amx_tile"
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER = 2
AUDIT_ARCH_X86_64 = 0xC000003E
PTRACE, GETREGSET, SETREGSET = 101, 0x4204, 0x4205
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL_WITH_EIO = 0x7FFF0000, 0x00050005
NO_WIDE_REGISTERS = (
    "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-AVX512VL,-AVX512BW,-XSAVE,-XSAVEC,-FMA,-FMA4,-AVX_Fast_Unaligned_Load",
    "OPENSSL_ia32cap=~0x1000000000000000:~0x20",
)
"""Words that a kernel hands on to its first program as environment."""


def main(words):
    """Become the program."""
    prctl(PR_SET_PDEATHSIG, 9)  # whoever wanted it is gone
    narrow = words[0] == NARROW
    program, *rest = words[1:] if narrow else words
    if narrow and has_more_registers():
        refuse_register_sets()
        rest = [*NO_WIDE_REGISTERS, *rest]
    folder = os.path.dirname(os.path.abspath(program))
    if os.path.exists(os.path.join(folder, "ld.so")):  # a program that was given the C library beside it, by a relative path
        os.chdir(folder)
        os.environ["LD_LIBRARY_PATH"] = folder
    os.execv(os.path.abspath(program), [program, *rest])


def has_more_registers():
    """The processor has registers that do not fit."""
    with open("/proc/cpuinfo") as file:
        return any(line.startswith("flags") and REGISTERS in line.split() for line in file)


def refuse_register_sets():
    """From now on the two requests of ptrace for a set of registers fail, in this process and those that come of it."""
    steps = [
        (LOAD, 0, 0, 4), (EQUAL, 0, 6, AUDIT_ARCH_X86_64),
        (LOAD, 0, 0, 0), (EQUAL, 0, 4, PTRACE),
        (LOAD, 0, 0, 16), (EQUAL, 1, 0, GETREGSET), (EQUAL, 0, 1, SETREGSET),
        (RETURN, 0, 0, FAIL_WITH_EIO), (RETURN, 0, 0, ALLOW),
    ]  # fmt: skip
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(filter_))


def prctl(option, value, more=0):
    """Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(more), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(sys.argv[1:])
