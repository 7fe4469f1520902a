# A figure over two swept parameters, one map per level of a third; the advised setting is marked
# with a frame, the default with a cross. Advised settings between two levels stand between fields.
# Block 0: panel, x index, y index, value ("-": none), label, 1 where it breaks the limits.
# Blocks 1, 2, 3: index and text of the x levels, the y levels and the panels.
# Block 4: panel, x, y of the advised setting (may be empty). Block 5: of the default.
# Variables: x_quantity, y_quantity, quantity, best_title, logarithmic (1: colours by factor).
load "style.gp"
rows(b) = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d{n++} END{print n+0}' '%s'", 2 * b, data)))
pick(b, i) = system(sprintf("awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d&&$1==%d{print $2}' '%s'", 2 * b, i, data))
part(b) = sprintf("< awk -F'\\t' '/^#/{next} NF==0{e++; next} e==%d{print}' '%s'", 2 * b, data)
broken = int(system(sprintf("awk -F'\\t' '/^#/{next} NF==0{exit} {n+=$6} END{print n+0}' '%s'", data)))
nx = rows(1)
ny = rows(2)
np = rows(3)
has_best = rows(4)
unset grid
set border 0
set tics scale 0
# A colour range of at least a few percent, so that noise does not look like a landscape.
stats part(0) using 4 nooutput
low = STATS_min
high = STATS_max
if (logarithmic) {
  # A pause of nothing has no logarithm: it gets the colour of the least one.
  stats part(0) using ($4 > 0 ? $4 : 1/0) nooutput
  low = STATS_records > 0 ? STATS_min : 0.001
  high = STATS_records > 0 ? STATS_max : 0.01
  if (high < low * 1.1) { high = low * 1.1 }
  set logscale cb
  middle = sqrt(low * high)
} else {
  if (high < low * 1.05) { high = low * 1.05 }
  middle = low + 0.5 * (high - low)
}
set cbrange [low:high]
clip(v) = v < low ? low : v
set xrange [-0.5:nx - 0.5]
set yrange [-0.5:ny - 0.5]
# Light to dark, the same order in grey print; light is good.
set palette defined (0 "#fde945", 0.33 "#bcae6c", 0.66 "#575d6d", 1 "#00204d")
set cblabel quantity offset 1.2
unset title
set label 998 heading at screen 0.5, screen 0.955 center font ",15"
set label 997 x_quantity at screen 0.5, screen 0.175 center
left = 0.1
right = 0.88
gap = 0.012
wide = (right - left - (np - 1) * gap) / np
size_of_text = np * nx > 24 ? 7 : np * nx > 14 ? 8 : 9
set multiplot
do for [p = 0:np - 1] {
  set lmargin at screen left + p * (wide + gap)
  set rmargin at screen left + p * (wide + gap) + wide
  set bmargin at screen 0.27
  set tmargin at screen 0.82
  set xtics () scale 0 rotate by (np * nx > 14 ? 45 : 0) right font ",10"
  if (np * nx <= 14) { set xtics norotate center }
  set ytics () scale 0
  do for [i = 0:nx - 1] { set xtics add (pick(1, i) i) }
  if (p == 0) {
    do for [i = 0:ny - 1] { set ytics add (pick(2, i) i) }
    set ylabel y_quantity
  } else {
    unset ytics
    unset ylabel
  }
  set title pick(3, p) font ",12" offset 0, -0.4
  if (p == np - 1) {
    set colorbox user origin screen 0.895, 0.27 size screen 0.016, 0.55
    set key at screen 0.98, screen 0.14 right center horizontal samplen 1 font ",11"
  } else {
    unset colorbox
    unset key
  }
  if (p == 1) { unset label 997; unset label 998; unset label 999 }
  plot part(0) using ($1 == p ? $2 : 1/0):3:($2-0.49):($2+0.49):($3-0.48):($3+0.48):(clip($4)) with boxxyerror fillstyle solid 1 noborder fillcolor palette notitle, \
       part(0) using ($1 == p && $6 == 1 ? $2 - 0.49 : 1/0):($3 - 0.48):(0.98):(0.96) with vectors nohead linewidth 1 linecolor rgb "#ffffff" notitle, \
       part(0) using ($1 == p && $6 == 1 ? $2 - 0.49 : 1/0):($3 - 0.48):(0.98):(0.96) with vectors nohead linewidth 1 dashtype 2 linecolor rgb "#000000" notitle, \
       part(0) using ($1 == p && (strcol(4) eq "-" || clip($4) < middle) ? $2 : 1/0):3:5 with labels font sprintf(",%d", size_of_text) textcolor rgb "#000000" notitle, \
       part(0) using ($1 == p && strcol(4) ne "-" && clip($4) >= middle ? $2 : 1/0):3:5 with labels font sprintf(",%d", size_of_text) textcolor rgb "#ffffff" notitle, \
       part(5) using ($1 == p ? $2 : 1/0):($3 + 0.3) with points pointtype 2 pointsize 1.1 linewidth 2.5 linecolor rgb "#d55e00" notitle, \
       (has_best ? part(4) : part(5)) using (has_best && $1 == p ? $2 : 1/0):3:($2-0.47):($2+0.47):($3-0.46):($3+0.46) with boxxyerror fillstyle empty border linecolor rgb "#d55e00" linewidth 3 notitle, \
       keyentry with points pointtype 2 pointsize 1.1 linewidth 2.5 linecolor rgb "#d55e00" title "default", \
       keyentry with points pointtype 4 pointsize 1.6 linewidth 2.5 linecolor rgb "#d55e00" title best_title, \
       keyentry with lines dashtype 2 linecolor rgb "#000000" title (broken ? "breaks the limits" : "")
}
unset multiplot
