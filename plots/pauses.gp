# Pauses by percentile: nines on x, so that the tail has room. One block per collector: a header line
# with its name, then x = -log10(1 - q), pause in microseconds.
load "style.gp"
set bmargin 6
set rmargin 38
set key outside right top vertical Left reverse autotitle columnheader
set logscale y
set ytics ("10 ns" 0.01, "100 ns" 0.1, "1 us" 1, "10 us" 10, "100 us" 100, "1 ms" 1000, "10 ms" 1e4, "100 ms" 1e5, "1 s" 1e6)
set xrange [0:*]
set xtics ("0" 0, "50" 0.30103, "90" 1, "99" 2, "99.9" 3, "99.99" 4, "99.999" 5)
set xlabel "percentile of collections"
set ylabel "pause at or below"
stats data nooutput
plot for [b = 0:STATS_blocks - 1] data index b using 1:2 with linespoints \
  linestyle (b % 9 + 1) pointinterval -1 pointsize 0.7
