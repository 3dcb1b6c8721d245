"""What the kernel refuses to a process that runs a hand-in, on Linux (x86-64 and arm64).

An audit hook of Python can be got round by whoever knows Python well; a filter of system calls
(seccomp) cannot be taken off again, by whatever code. It refuses to open files for writing, to
create, rename or delete any, to start programs and processes, to open connections, and to touch
other processes. Threads and reading are allowed.

The filter is a program of the kernel's packet filter, of instructions (code, jump if true, jump
if false, k): load a word of the call's description, compare, return. See seccomp(2). The numbers
for arm64 are those of the kernel's headers; the filter was tried on x86-64 only.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
import sys

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Places in the description of a call, in bytes; an argument takes eight."""
CLONE_THREAD = 0x10000
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
NO_NEW_PRIVILEGES, SET_FILTER, ALL_THREADS = 38, 1, 1
X32 = 0x40000000
"""Added to the numbers of another set of calls on x86-64."""

ALIKE = {
    **{"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432},
    **{"pidfd_send_signal": 424, "pidfd_open": 434, "clone3": 435, "openat2": 437},
    **{"pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "fchmodat2": 452},
}
"""Numbers of calls; these are the same everywhere."""
X86_64 = ALIKE | {
    **{"open": 2, "openat": 257, "creat": 85, "clone": 56, "fork": 57, "vfork": 58},
    **{"execve": 59, "execveat": 322, "kill": 62, "tkill": 200, "tgkill": 234},
    **{"rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "ptrace": 101, "setsid": 112},
    **{"setpgid": 109, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312},
    **{"socket": 41, "socketpair": 53, "connect": 42, "bind": 49, "listen": 50, "accept": 43},
    **{"accept4": 288, "sendto": 44, "sendmsg": 46, "sendmmsg": 307, "memfd_create": 319},
    **{"truncate": 76, "rename": 82, "renameat": 264, "renameat2": 316, "mkdir": 83},
    **{"mkdirat": 258, "rmdir": 84, "unlink": 87, "unlinkat": 263, "link": 86, "linkat": 265},
    **{"symlink": 88, "symlinkat": 266, "mknod": 133, "mknodat": 259, "chmod": 90, "fchmod": 91},
    **{"fchmodat": 268, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "utime": 132},
    **{"utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188, "lsetxattr": 189},
    **{"fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199},
    **{"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272},
    **{"setns": 308, "bpf": 321, "perf_event_open": 298, "keyctl": 250, "add_key": 248},
    **{"shmget": 29, "msgget": 68, "semget": 64, "mq_open": 240, "open_by_handle_at": 304},
    **{"prlimit64": 302, "setrlimit": 160, "userfaultfd": 323, "setpriority": 141, "reboot": 169},
    **{"init_module": 175, "fcntl": 72, "ioprio_set": 251, "sched_setaffinity": 203},
    **{"sched_setscheduler": 144, "sched_setattr": 314, "sched_setparam": 142},
    **{"migrate_pages": 256, "move_pages": 279},
}
ARM64 = ALIKE | {
    **{"openat": 56, "clone": 220, "execve": 221, "execveat": 281, "kill": 129, "tkill": 130},
    **{"tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "ptrace": 117},
    **{"setsid": 157, "setpgid": 154, "process_vm_readv": 270, "process_vm_writev": 271},
    **{"kcmp": 272, "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202},
    **{"connect": 203, "accept4": 242, "sendto": 206, "sendmsg": 211, "sendmmsg": 269},
    **{"memfd_create": 279, "truncate": 45, "renameat": 38, "renameat2": 276, "mkdirat": 34},
    **{"unlinkat": 35, "linkat": 37, "symlinkat": 36, "mknodat": 33, "fchmod": 52},
    **{"fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88, "setxattr": 5},
    **{"lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15},
    **{"fremovexattr": 16, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51},
    **{"unshare": 97, "setns": 268, "bpf": 280, "perf_event_open": 241, "keyctl": 219},
    **{"add_key": 217, "shmget": 194, "msgget": 186, "semget": 190, "mq_open": 180},
    **{"open_by_handle_at": 265, "prlimit64": 261, "userfaultfd": 282, "setpriority": 140},
    **{"reboot": 142, "init_module": 105, "setrlimit": 164, "fcntl": 25, "ioprio_set": 30},
    **{"sched_setaffinity": 122, "sched_setscheduler": 119, "sched_setattr": 274},
    **{"sched_setparam": 118, "migrate_pages": 238, "move_pages": 239},
}
MACHINES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, ARM64)}
SECCOMP = {"x86_64": 317, "aarch64": 277}
FLAGS = {"open": (1, WRITES), "openat": (2, WRITES)}
"""Calls that are refused where an argument has one of these bits."""
OWNERS = (8, 10, 15)
"""What fcntl may not do: let the kernel send signals to another process."""
UNKNOWN = ("clone3", "openat2")
"""Calls that the kernel shall not seem to have: libraries then take the older ones."""


def program(architecture: int, numbers: dict[str, int]) -> bytes:
    """The filter, as the kernel reads it."""
    lines: list[tuple[int, int, int, int]] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, KILL),
    ]
    for name, number in numbers.items():
        refused = REFUSE | (errno.ENOSYS if name in UNKNOWN else errno.EPERM)
        if name == "clone":  # a thread has the bit, a process of its own has not
            rest = [(LOAD, 0, 0, ARGUMENTS), (ANY_BIT, 1, 0, CLONE_THREAD), (RETURN, 0, 0, refused)]
        elif name in FLAGS:
            place, bits = FLAGS[name]
            rest = [(LOAD, 0, 0, ARGUMENTS + 8 * place), (ANY_BIT, 0, 1, bits)]
            rest += [(RETURN, 0, 0, refused)]
        elif name == "fcntl":
            rest = [(LOAD, 0, 0, ARGUMENTS + 8)]
            rest += [(EQUAL, 3 - place, 0, what) for place, what in enumerate(OWNERS)]
            rest += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, refused)]
        else:
            rest = [(RETURN, 0, 0, refused)]
        if name == "clone" or name in FLAGS:
            rest += [(RETURN, 0, 0, ALLOW)]
        lines += [(EQUAL, 0, len(rest), number), *rest]
    lines += [(RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


def fence() -> bool:
    """Let the kernel refuse all this to the process from now on; whether it does."""
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        return False
    try:
        import ctypes

        class Program(ctypes.Structure):
            _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

        content = program(*MACHINES[platform.machine()])
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            return False
        made = Program(len(content) // 8, content)
        call = ctypes.c_long(SECCOMP[platform.machine()])
        return bool(libc.syscall(call, SET_FILTER, ALL_THREADS, ctypes.byref(made)) == 0)
    except (ImportError, OSError, AttributeError):
        return False
