# Normalised bars with 95% intervals: one cluster per collector, one bar per allocator.
# Block 0: collector, allocator index (1..), collector index (0..), ratio, low, high.
# Block 1: one line per allocator: index, name. Block 2: one line per collector: index, name.
# Block 3: collector index, ratio of the floor ("-": not known): a thick dash across the cluster.
# A dashed line at 1 is the baseline.
load "style.gp"
n_bars = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==2{n++} END{print n+0}' '%s'", data)))
n_groups = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==4{n++} END{print n+0}' '%s'", data)))
name(i) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==2&&$1==%d{print $2}' '%s'", i, data))
group(i) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==4&&$1==%d{print $2}' '%s'", i, data))
step = 1.0 / (n_bars + 1.2)
at(g, i) = g + (i - (n_bars + 1) / 2.0) * step
set boxwidth step * 0.92
set style fill pattern border -1
set bmargin 6
set rmargin 20 + longer
set key outside right top vertical
set ylabel quantity
stats data index 0 using 6 nooutput
set yrange [0:1.18 * (STATS_max > 1 ? STATS_max : 1)]
set xrange [-0.6:n_groups - 0.4]
set xtics () scale 0
do for [g = 0:n_groups - 1] { set xtics add (group(g) g) }
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead linestyle 21 dashtype 2 front
plot for [i = 1:n_bars] data index 0 using ($2 == i ? at($3, i) : 1/0):4 with boxes \
       fillstyle pattern hatch[i] linecolor rgb colour[i] title name(i), \
     data index 0 using (at($3, $2)):4:5:6 with yerrorbars linecolor rgb "#202020" linewidth 1 pointsize 0 notitle, \
     data index 0 using (at($3, $2)):6:(sprintf("%.2f", $4)) with labels font ",8" rotate by 90 left offset 0, 0.4 textcolor rgb "#404040" notitle, \
     data index 3 using ($1 - 0.47):2:(0.94):(0) with vectors nohead linecolor rgb "#000000" linewidth 2.5 dashtype 1 \
       title "lower bound"
