# Waste by size class: of each class's memory, what was asked for, what rounding up lost, and what is
# free in partly used pools. Columns: block bytes, requested, rounded, free (bytes).
load "style.gp"
set bmargin 8
set rmargin 24
set key outside right top vertical Left reverse
set style data histograms
set style histogram rowstacked
set boxwidth 0.85
set style fill pattern border -1
set xtics rotate by 90 right font ",9"
set xlabel "size class, bytes" offset 0, -0.5
set ylabel "memory, KiB"
set yrange [0:*]
plot data using ($2 / 1024):xtic(1) fillstyle solid linecolor rgb colour[1] title "requested", \
     "" using ($3 / 1024) fillstyle pattern 2 linecolor rgb colour[2] title "lost to rounding up", \
     "" using ($4 / 1024) fillstyle pattern 1 linecolor rgb colour[8] title "free in used pools"
