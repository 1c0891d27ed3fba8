/* Version comparisons a second with dpkg's or RPM's own C library; see run.py for what is read and printed.
   cc -O2 -DDPKG native.c -ldpkg -lmd    or    cc -O2 -DRPM native.c -lrpmio -lrpm */
#define _GNU_SOURCE
#define LIBDPKG_VOLATILE_API
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef DPKG
#include <dpkg/dpkg.h>
#include <dpkg/dpkg-db.h>
#include <dpkg/version.h>
#else
#include <rpm/rpmver.h>
#endif

enum { REFUSED = 2, ROUNDS = 5 };

/* Both versions are read each time. dpkg keeps the texts of versions on a heap of its own, see `clear`. */
static int compare(const char *a, const char *b) {
#ifdef DPKG
  struct dpkg_version left = DPKG_VERSION_INIT, right = DPKG_VERSION_INIT;
  struct dpkg_error error = DPKG_ERROR_INIT;
  int order = REFUSED;
  if (parseversion(&left, a, &error) == 0 && parseversion(&right, b, &error) == 0)
    order = dpkg_version_compare(&left, &right);
  /* A warning, such as of a version that starts with a letter, still leaves a version. */
  else if (left.version && right.version && error.type == DPKG_MSG_WARN)
    order = dpkg_version_compare(&left, &right);
  dpkg_error_destroy(&error);
  return order == REFUSED ? REFUSED : (order > 0) - (order < 0);
#else
  rpmver left = rpmverParse(a), right = rpmverParse(b);
  int order = left && right ? rpmverCmp(left, right) : REFUSED;
  rpmverFree(left);
  rpmverFree(right);
  return order;
#endif
}

static void clear(void) {
#ifdef DPKG
  nffreeall();
#endif
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  FILE *file = count == 3 ? fopen(arguments[1], "r") : NULL;
  if (!file) return 2;
  char *line = NULL, **pairs = NULL;
  size_t room = 0, lines = 0;
  while (getline(&line, &room, file) > 0) {
    pairs = realloc(pairs, (lines + 1) * 2 * sizeof *pairs);
    line[strcspn(line, "\n")] = '\0';
    char *second = strchr(line, '\t');
    *second++ = '\0';
    pairs[2 * lines] = strdup(line);
    pairs[2 * lines++ + 1] = strdup(second);
  }
  double best = 0, budget = atof(arguments[2]) / 1e3 / ROUNDS;
  volatile int sink = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double start = seconds(), spent = 0;
    size_t done = 0;
    while (spent < budget) {
      for (size_t again = 0; again <= 10000 / lines; again++, done += lines) {
        for (size_t i = 0; i < lines; i++) sink += compare(pairs[2 * i], pairs[2 * i + 1]);
        clear();
      }
      spent = seconds() - start;
    }
    if (done / spent > best) best = done / spent;
  }
  printf("%.0f\n", best);
  for (size_t i = 0; i < lines; i++) printf("%c\n", "<=>!"[compare(pairs[2 * i], pairs[2 * i + 1]) + 1]);
}
