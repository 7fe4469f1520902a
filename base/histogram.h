/* Histograms of durations: log-linear buckets, 64 to an octave, so that a percentile is off by less
 * than 1.6%, at any magnitude, in fixed memory. Minimum, maximum and mean are exact. */
#pragma once
#include "base/bits.h"

enum {
  HISTOGRAM_SUB_BITS = 6,
  HISTOGRAM_OCTAVES = 42, /* values from 2^47 on share the last bucket: 39 hours in ns */
  HISTOGRAM_BUCKETS = HISTOGRAM_OCTAVES << HISTOGRAM_SUB_BITS,
};

struct histogram { /* zero is empty */
  uint64_t n, min, max, sum;
  uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);
/* The value that a share q in [0, 1] of all values does not exceed (nearest rank); 0 when empty.
 * Never above max. */
uint64_t histogram_quantile(const struct histogram *h, double q);
double histogram_mean(const struct histogram *h);
/* Lowest value of a bucket: the axis of a plot. */
uint64_t histogram_bucket_low(unsigned bucket);
