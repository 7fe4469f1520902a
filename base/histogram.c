/* Bucket = octave and the bits behind the leading one; values below 64 have buckets of their own.
 */
#include "base/histogram.h"

enum { SUB = 1 << HISTOGRAM_SUB_BITS };

static unsigned bucket_of(uint64_t value) {
  if (value < SUB)
    return (unsigned)value;
  unsigned shift = bit_highest(value) - HISTOGRAM_SUB_BITS;
  uint64_t bucket = ((uint64_t)(shift + 1) << HISTOGRAM_SUB_BITS) + ((value >> shift) - SUB);
  return bucket < HISTOGRAM_BUCKETS ? (unsigned)bucket : HISTOGRAM_BUCKETS - 1;
}

uint64_t histogram_bucket_low(unsigned bucket) {
  if (bucket < SUB)
    return bucket;
  unsigned shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
  return ((uint64_t)(bucket & (SUB - 1)) + SUB) << shift;
}

void histogram_add(struct histogram *h, uint64_t value) {
  h->buckets[bucket_of(value)]++;
  if (!h->n || value < h->min)
    h->min = value;
  if (value > h->max)
    h->max = value;
  h->sum += value;
  h->n++;
}

uint64_t histogram_quantile(const struct histogram *h, double q) {
  if (!h->n)
    return 0;
  double exact = q * (double)h->n;
  uint64_t rank = (uint64_t)exact;
  if ((double)rank < exact || !rank)
    rank++;
  if (rank >= h->n)
    return h->max;
  uint64_t seen = 0;
  for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
    seen += h->buckets[b];
    if (seen >= rank) {
      uint64_t top = b + 1 < HISTOGRAM_BUCKETS ? histogram_bucket_low(b + 1) - 1 : h->max;
      return top < h->max ? top : h->max;
    }
  }
  return h->max;
}

double histogram_mean(const struct histogram *h) {
  return h->n ? (double)h->sum / (double)h->n : 0;
}
