# How many times as fast programs are under several pairings: a line per program, a point with its 95%
# interval per pairing, on a logarithmic axis. A line at 1 is the baseline, dashed ones are the geometric means.
# Block 0: line (0..), pairing (0..), ratio, low, high. Block 1: line, name of the program.
# Block 2: pairing, name, geometric mean, low, high.
# Variable: lines, how many there are (a gap parts start-up from the programs).
if (!exists("height")) height = 230 + 19 * lines
load "style.gp"
n = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==4{n++} END{print n+0}' '%s'", data)))
pick(p, column) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==4&&$1==%d{print $%d}' '%s'", p, column, data))
shift(p) = (p - (n - 1) / 2.0) * 0.34
set bmargin at screen 115.0 / height
set tmargin at screen 1.0 - 95.0 / height
set lmargin at screen 0.20
set rmargin at screen 0.97
set title offset 0, 2.4
set label 999 at screen 0.012, screen 40.0 / height
set key at screen 0.585, screen 1.0 - 66.0 / height center center horizontal
set logscale x
set xlabel "times as fast as CPython (CPU time, logarithmic)" offset 0, 0.2
stats data index 0 using 4 nooutput
low = STATS_min < 0.9 ? STATS_min : 0.9
stats data index 0 using 5 nooutput
high = STATS_max > 1.2 ? STATS_max : 1.2
set xrange [low / 1.15 : high * 1.15]
set xtics (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20)
set yrange [-0.8 : lines - 0.2]
set ytics () scale 0
set grid x y
set arrow 1 from 1, graph 0 to 1, graph 1 nohead linestyle 21 linewidth 1.6 back
do for [p = 0:n - 1] {
  mean = real(pick(p, 3))
  if (mean == mean) {
    set arrow 10 + p from mean, graph 0 to mean, graph 1 nohead dashtype 2 linewidth 1.6 linecolor rgb colour[p + 1] back
  }
}
plot for [p = 0:n - 1] data index 0 using ($2 == p ? $3 : 1/0):($1 + shift(p)):4:5 with xerrorbars \
       linecolor rgb colour[p + 1] linewidth 1.4 pointtype shape[p + 1] pointsize 0.8 \
       title sprintf("%s (mean %.2f)", pick(p, 2), real(pick(p, 3))), \
     data index 1 using (1):1:ytic(2) with points pointsize 0 notitle
