# Allocator x collector: the cell's figure as a ratio to the baseline pairing, blue where better, orange
# where worse; hatched where the difference is within noise.
# Block 0: x, y, ratio, significant (1) or not (0), label. Blocks 1 and 2: index and name of columns
# (collectors), of rows (allocators); indices from 0.
load "style.gp"
rows(b) = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d{n++} END{print n+0}' '%s'", 2 * b, data)))
pick(b, i) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d&&$1==%d{print $2}' '%s'", 2 * b, i, data))
nx = rows(1)
ny = rows(2)
unset grid
set border 0
set tics scale 0
set bmargin 6
set lmargin 16 + longer
set xrange [-0.5:nx - 0.5]
set yrange [ny - 0.5:-0.5]
set xtics () scale 0
set ytics () scale 0
do for [i = 0:nx - 1] { set xtics add (pick(1, i) i) }
do for [i = 0:ny - 1] { set ytics add (pick(2, i) i) }
set palette defined (-1 "#0072b2", -0.35 "#9cc9e6", 0 "#f7f7f7", 0.35 "#f5c08a", 1 "#d55e00")
limit = 1
set cbrange [-limit:limit]
set cbtics ("1/2" -1, "0.71" -0.5, "1" 0, "1.41" 0.5, "2" 1)
# On two lines: what is measured, and against what.
comma = strstrt(quantity, ', ')
set cblabel comma > 0 ? quantity[1:comma] . "\n" . quantity[comma+2:*] : quantity
log2(x) = log(x) / log(2)
bound(x) = x > limit ? limit : x < -limit ? -limit : x
unset key
# Boxes, not an image: a run may lack some pairings, and an image needs a grid without gaps.
plot data index 0 using 1:2:(0.5):(0.5):(bound(log2($3))) with boxxyerror \
       fillstyle solid noborder linecolor palette, \
     data index 0 using ($4 == 0 ? $1 : 1/0):2:(0.5):(0.5) with boxxyerror \
       fillstyle transparent pattern 4 noborder linecolor rgb "#808080", \
     data index 0 using 1:2:5 with labels font ",11" textcolor rgb "#000000"
