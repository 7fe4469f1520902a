/* What this machine is, and how it is set up. Every text is "" and every number 0 where the kernel
 * does not tell. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { MACHINE_TEXT = 128, MACHINE_CACHES = 8 };

struct machine_cache {
  int level;
  char type[16]; /* Data, Instruction, Unified */
  uint64_t bytes;
};

struct machine {
  char host[MACHINE_TEXT], kernel[MACHINE_TEXT], architecture[MACHINE_TEXT];
  char distribution[MACHINE_TEXT];
  char hypervisor[MACHINE_TEXT]; /* what the CPU says it runs under; "" on bare metal */
  char cpu_model[MACHINE_TEXT], governor[MACHINE_TEXT];
  int cpus, allowed_cpus; /* online; those this process may use */
  double mhz;
  struct machine_cache caches[MACHINE_CACHES]; /* of the first CPU */
  size_t n_caches;
  uint64_t memory_bytes, available_bytes, swap_bytes, page_bytes;
  char transparent_hugepage[MACHINE_TEXT];           /* the chosen word: always, madvise, never */
  char aslr[MACHINE_TEXT], overcommit[MACHINE_TEXT]; /* the kernel's numbers */
  char turbo[MACHINE_TEXT], smt[MACHINE_TEXT];
  double load[3];
  char cgroup_cpu_max[MACHINE_TEXT], cgroup_memory_max[MACHINE_TEXT];
};

void machine_read(struct machine *machine);
