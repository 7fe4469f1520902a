# A figure over two swept parameters, the best setting marked with a ring, the default with a cross.
# Block 0: x index, y index, value, label. Blocks 1 and 2: index and text of the x and y values.
# Block 3: x, y of the best. Block 4: x, y of the default ("-" where it is not on the grid).
load "style.gp"
rows(b) = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d{n++} END{print n+0}' '%s'", 2 * b, data)))
pick(b, i) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d&&$1==%d{print $2}' '%s'", 2 * b, i, data))
nx = rows(1)
ny = rows(2)
unset grid
set border 0
set tics scale 0
set bmargin 7
set lmargin 12
# Numbers are black on the light half of the palette, white on the dark one.
stats data index 0 using 3 nooutput
middle = STATS_min + 0.55 * (STATS_max - STATS_min)
set xrange [-0.5:nx - 0.5]
set yrange [-0.5:ny - 0.5]
set xtics () scale 0
set ytics () scale 0
do for [i = 0:nx - 1] { set xtics add (pick(1, i) i) }
do for [i = 0:ny - 1] { set ytics add (pick(2, i) i) }
set xlabel x_quantity
set ylabel y_quantity
set cblabel quantity
# Cividis-like: dark to light, the same order in grey print.
set palette defined (0 "#fde945", 0.33 "#bcae6c", 0.66 "#575d6d", 1 "#00204d")
set key at screen 0.98, screen 0.07 right bottom horizontal
plot data index 0 using 1:2:3 with image pixels notitle, \
     data index 0 using ($3 < middle ? $1 : 1/0):2:4 with labels font ",9" textcolor rgb "#000000" notitle, \
     data index 0 using ($3 < middle ? 1/0 : $1):2:4 with labels font ",9" textcolor rgb "#ffffff" notitle, \
     data index 3 using 1:2 with points pointtype 6 pointsize 5 linewidth 3 linecolor rgb "#d55e00" title "best", \
     data index 4 using 1:2 with points pointtype 2 pointsize 2.5 linewidth 2.5 linecolor rgb "#d55e00" title "default"
