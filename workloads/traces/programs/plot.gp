# Curves, a fit, a surface with contours, and bars, as one SVG.
set terminal svg size 1200,900 dynamic
set output "/dev/null"
set samples 6000
set multiplot layout 2,3
set title "waves"
plot for [i = 1:8] sin(i * x) / i with lines title sprintf("%d", i)
$data << EOD
1 3.1
2 4.9
3 7.2
4 8.8
5 11.3
6 12.7
EOD
f(x) = a * x + b
set fit quiet logfile "/dev/null"
fit f(x) $data using 1:2 via a, b
set title "a line through points"
plot $data with points pointtype 7, f(x)
set title "a surface"
set isosamples 100, 100
set contour both
set cntrparam levels 20
set hidden3d
splot [-6:6] [-6:6] sin(sqrt(x * x + y * y + 0.1)) / sqrt(x * x + y * y + 0.1) notitle
unset contour
set title "counts"
set style data histograms
set style fill solid 0.6
plot for [k = 1:3] "+" using (50 + 40 * sin(k * $1)) every 100 title sprintf("series %d", k)
unset hidden3d
set view map
set xtics 1
set title "heat"
set samples 100
set isosamples 100
splot [-3:3] [-3:3] exp(-x * x - y * y) * cos(5 * x) with pm3d notitle
unset multiplot
