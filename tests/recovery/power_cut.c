/* Preloaded into a program: what of the folder SHIM_DIR a power cut would leave, and a disk that fails.
 *
 * Behind each fsync of a file below SHIM_DIR its bytes are copied to SHIM_SHADOW/data/<file>, behind that of a folder its names to
 * SHIM_SHADOW/names/<folder>. What was not synced is in neither, so power_cut.py can put together from them the least that a file
 * system may have kept. <file> and <folder> are inodes' numbers; a file has another name in SHIM_SHADOW/kept, so that its number is not
 * used again.
 *
 * While the file SHIM_TRIGGER exists, and SHIM_FAIL is EIO, writes and fsync below SHIM_DIR fail so; if it is EDQUOT, writes; if it is
 * FULL, the file system says that nothing is free.
 * Each fsync takes SHIM_SLOW_MS milliseconds longer. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int is_ours(int fd) {
  const char *dir = getenv("SHIM_DIR");
  if (dir == NULL) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  const size_t length = strlen(dir);
  return strncmp(path, dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int key_of(int fd, const char *name, char *key, size_t size, int *is_folder) {
  struct stat found;
  if (fstatat(fd, name, &found, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) return 0;
  *is_folder = S_ISDIR(found.st_mode);
  snprintf(key, size, "%llu", (unsigned long long)found.st_ino);
  return 1;
}

/* By the system calls alone: the functions below are ours. */
static void put(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    const ssize_t done = syscall(SYS_write, fd, bytes, size);
    if (done <= 0) abort();
    bytes += done;
    size -= (size_t)done;
  }
}

static void copy_bytes(int to, int fd) {
  char link[64], bytes[65536];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const int from = open(link, O_RDONLY | O_CLOEXEC);
  if (from < 0) abort();
  ssize_t size;
  while ((size = read(from, bytes, sizeof bytes)) > 0) put(to, bytes, (size_t)size);
  close(from);
}

static void copy_names(int to, int fd) {
  char link[64], line[PATH_MAX + 128], key[96];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  DIR *folder = opendir(link);
  if (folder == NULL) abort();
  const struct dirent *entry;
  while ((entry = readdir(folder)) != NULL) {
    int is_folder = 0;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (!key_of(dirfd(folder), entry->d_name, key, sizeof key, &is_folder)) continue;
    snprintf(line, sizeof line, "%s %s %s\n", is_folder ? "folder" : "file", key, entry->d_name);
    put(to, line, strlen(line));
  }
  closedir(folder);
}

static void note_synced(int fd) {
  const char *shadow = getenv("SHIM_SHADOW");
  char key[96], made[PATH_MAX + 64], whole[PATH_MAX + 32];
  int is_folder = 0;
  if (shadow == NULL || !key_of(fd, "", key, sizeof key, &is_folder)) return;
  snprintf(whole, sizeof whole, "%s/%s/%s", shadow, is_folder ? "names" : "data", key);
  snprintf(made, sizeof made, "%s.%d", whole, (int)gettid());
  const int to = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (to < 0) abort();
  if (is_folder) {
    copy_names(to, fd);
  } else {
    copy_bytes(to, fd);
  }
  close(to);
  if (rename(made, whole) != 0) abort();
  if (is_folder) return;
  snprintf(made, sizeof made, "/proc/self/fd/%d", fd);
  snprintf(whole, sizeof whole, "%s/kept/%s", shadow, key);
  linkat(AT_FDCWD, made, AT_FDCWD, whole, AT_SYMLINK_FOLLOW);  // It may be there.
}

static int fails(int fd, const char *only) {
  const char *trigger = getenv("SHIM_TRIGGER"), *kind = getenv("SHIM_FAIL");
  if (trigger == NULL || kind == NULL || strcmp(kind, "FULL") == 0 || (only != NULL && strcmp(kind, only) != 0)) return 0;
  const int was = errno;
  const int is_triggered = access(trigger, F_OK) == 0 && is_ours(fd);
  errno = is_triggered ? (strcmp(kind, "EIO") == 0 ? EIO : EDQUOT) : was;
  return is_triggered;
}

static int synced(int fd, long number) {
  if (!is_ours(fd)) return (int)syscall(number, fd);
  if (fails(fd, "EIO")) return -1;
  const char *slow = getenv("SHIM_SLOW_MS");
  if (slow != NULL) usleep((useconds_t)atoi(slow) * 1000);
  const int result = (int)syscall(number, fd);
  if (result == 0) note_synced(fd);
  return result;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

ssize_t write(int fd, const void *bytes, size_t size) {
  return fails(fd, NULL) ? -1 : syscall(SYS_write, fd, bytes, size);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  return fails(fd, NULL) ? -1 : syscall(SYS_pwrite64, fd, bytes, size, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }

int statvfs(const char *path, struct statvfs *found) {
  int (*real)(const char *, struct statvfs *) = (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
  const int result = real(path, found);
  const char *trigger = getenv("SHIM_TRIGGER"), *kind = getenv("SHIM_FAIL");
  if (trigger != NULL && kind != NULL && strcmp(kind, "FULL") == 0 && access(trigger, F_OK) == 0) found->f_bavail = 0;
  return result;
}
