# Time against peak memory: a point per pairing, one shape per collector, one colour per allocator.
# Better is left and down. The staircase joins the pairings that no other beats in both.
# Block 0: allocator, allocator index, collector, collector index (from 1), memory, memory low,
# memory high, time, time low, time high. Blocks 1 and 2: index and name of allocators, of collectors.
# Block 3: memory, time of the pairings on the front, by memory.
load "style.gp"
rows(b) = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d{n++} END{print n+0}' '%s'", 2 * b, data)))
pick(b, i) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d&&$1==%d{print $2}' '%s'", 2 * b, i, data))
n_allocs = rows(1)
n_gcs = rows(2)
set bmargin 6
set rmargin 34 + longer
set key outside right top vertical Left reverse
set xlabel memory_quantity
set ylabel time_quantity
set offsets graph 0.03, graph 0.05, graph 0.05, graph 0.03
plot data index 3 using 1:2 with steps linecolor rgb "#b0b0b0" linewidth 2 title "no other is better in both", \
     data index 0 using 5:8:6:7:9:10 with xyerrorbars linecolor rgb "#c0c0c0" linewidth 0.8 pointsize 0 notitle, \
     for [g = 1:n_gcs] for [i = 1:n_allocs] data index 0 \
       using ($2 == i && $4 == g ? $5 : 1/0):8 with points pointtype shape[g] pointsize 1.3 linecolor rgb colour[i] notitle, \
     for [i = 1:n_allocs] keyentry with boxes fillstyle solid linecolor rgb colour[i] title pick(1, i), \
     for [g = 1:n_gcs] keyentry with points pointtype shape[g] pointsize 1.3 linecolor rgb "#404040" title pick(2, g)
