#ifndef CFAULTS_H
#define CFAULTS_H

/// Lets a system call of a program fail. The library is loaded before the C library's (`LD_PRELOAD`) and reads what is to
/// fail from the environment:
///
/// - `FAULT=read:3:5` the third call of `read` fails with the error 5; `FAULT=read:0:0` none
/// - `FAULT_BELOW=/tmp/x` only calls that concern what lies in this folder count, and memory that is not of a file
/// - `FAULT_COUNTS=/tmp/counts` where the program's end writes how many calls of each kind there were
///
/// Calls that do the same under other names count as one kind: `open`, `read`, `write`, `stat` (of open files), `rename`,
/// `fsync`, `mmap`, `close`, `mkdir`, `unlink`, `opendir`, `getdents`, `truncate`, `link`.
int cfaults_is_loaded(void);

#endif
