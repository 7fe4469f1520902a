# What all figures share: size, fonts, colours. Loaded first by every template.
#
# The caller sets, before it loads a template:
#   data      path of the figure's table (tab-separated, '#' comments; blocks parted by two empty lines)
#   output    path without extension; terminal  "svg" or "png"
#   heading   title; caption  what is shown, n, machine: set small below the plot
# Colours are Okabe and Ito's, readable with any colour vision; points and hatching differ as well, so
# that nothing rests on colour alone.
if (!exists("width")) width = 960
if (!exists("height")) height = 560
if (!exists("longer")) longer = 0 # characters by which names need more room than usual
if (terminal eq "svg") {
  set terminal svg size width, height dynamic enhanced font "DejaVu Sans,13" background "#ffffff" linewidth 1.2 name prefix
} else {
  set terminal pngcairo size 2*width, 2*height enhanced font "DejaVu Sans,13" background "#ffffff" linewidth 1.2 fontscale 2 pointscale 2
}
set output output.".".terminal
set encoding utf8

# The first nine are given; further ones have their colours again, with the next shape and hatching.
array colour[81] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999", "#b8a700"]
array shape[81] = [7, 5, 9, 13, 11, 15, 6, 4, 8]
array hatch[81] = [3, 1, 2, 4, 5, 6, 7, 1, 2]
do for [i = 9:80] {
  colour[i + 1] = colour[i % 9 + 1]
  shape[i + 1] = shape[(i + i / 9) % 9 + 1]
  hatch[i + 1] = hatch[(i + i / 9) % 9 + 1]
}
do for [i = 1:9] {
  set style line i linecolor rgb colour[i] linewidth 2 pointtype shape[i] pointsize 0.9
}
set style line 20 linecolor rgb "#d0d0d0" linewidth 0.6 # grid
set style line 21 linecolor rgb "#404040" linewidth 1   # axes, reference lines
set grid back linestyle 20
set border 3 linestyle 21
# Names are as they are: no underscore in them is markup.
set tics noenhanced nomirror out scale 0.6 textcolor rgb "#202020"
set key noenhanced textcolor rgb "#202020" samplen 1.6 spacing 1.15
set title heading offset 0, 0.6 font ",15"
set datafile separator "\t"
set datafile missing "-"
# The caption stands at the lower left edge, in the bottom margin that each template leaves.
set label 999 caption at screen 0.012, screen 0.045 left font ",9" textcolor rgb "#505050"
bytes_label(b) = b >= 1073741824 ? sprintf("%.3g GiB", b/1073741824.) : b >= 1048576 ? sprintf("%.3g MiB", b/1048576.) : b >= 1024 ? sprintf("%.3g KiB", b/1024.) : sprintf("%g B", b)
