# Memory over time: resident set of each variant of one workload; where the cell recorded it, live bytes.
# Colours repeat after nine lines, dashes after five: no two of 45 are alike. One block per line: a first
# line "name<TAB>name" read by columnheader, then milliseconds, bytes. The names of lines of live bytes begin with
# "live".
load "style.gp"
set bmargin 6
set rmargin 30
set key outside right top vertical Left reverse autotitle columnheader
set xlabel "time since the process started, ms"
set ylabel "memory, MiB"
set yrange [0:*]
stats data nooutput
n = STATS_blocks
plot for [b = 0:n - 1] data index b using 1:($2 / 1048576.) with lines \
  linestyle b % 9 + 1 dashtype b % 5 + 1
