/* Shifts the wall clock of one process: preload it, and write nanoseconds (a
 * native int64) into the file that CLOCK_SHIFT_FILE names, at any time. The
 * monotonic clock goes on as it is. libfaketime does the same, but waits for
 * itself in a program whose allocator asks for the time first. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* shift_nanos = NULL;

__attribute__((constructor)) static void open_shift(void) {
  const char* path = getenv("CLOCK_SHIFT_FILE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return;
  void* bytes = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (bytes != MAP_FAILED)
    shift_nanos = bytes;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec* to) {
  int result = (int)syscall(SYS_clock_gettime, clock, to);
  int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (result != 0 || !is_wall || shift_nanos == NULL)
    return result;
  int64_t nanos = to->tv_sec * INT64_C(1000000000) + to->tv_nsec
                  + *shift_nanos;
  to->tv_sec = nanos / INT64_C(1000000000);
  to->tv_nsec = nanos % INT64_C(1000000000);
  return 0;
}

int gettimeofday(struct timeval* to, void* zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0)
    return -1;
  to->tv_sec = now.tv_sec;
  to->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* to) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0)
    return (time_t)-1;
  if (to != NULL)
    *to = now.tv_sec;
  return now.tv_sec;
}
