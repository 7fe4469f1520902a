# Arena map: a row per arena, a cell per pool; hue tells the size class, strength how full the pool is,
# white is free. Columns: pool, arena, r, g, b (0..255). Block 1: class, r, g, b for the legend.
load "style.gp"
unset grid
set border 0
set tics scale 0
set bmargin 11
set lmargin 10
set xlabel "pool within its arena"
set ylabel "arena, in address order"
stats data index 0 using 1:2 nooutput
set xrange [-0.5:STATS_max_x + 0.5]
set yrange [STATS_max_y + 0.5:-0.5]
unset key
n = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==2{n++} END{print n+0}' '%s'", data)))
class(i, c) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==2{if (n++==%d) print $%d}' '%s'", i, c, data))
do for [i = 0:n - 1] {
  x = 0.1 + 0.8 * i / (n > 1 ? n - 1. : 1.)
  set object (100 + i) rectangle center screen x, screen 0.125 size screen 0.8 / (n > 1 ? n : 2), screen 0.022 \
    fillcolor rgb sprintf("#%02x%02x%02x", int(class(i, 2)), int(class(i, 3)), int(class(i, 4))) fillstyle solid noborder
  set label (100 + i) class(i, 1) at screen x, screen 0.1 center font ",8"
}
set label 98 "size class, bytes:" at screen 0.012, screen 0.155 left font ",9"
plot data index 0 using 1:2:3:4:5 with rgbimage pixels
