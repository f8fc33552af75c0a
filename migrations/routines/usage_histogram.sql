-- requires: usage_bin
--
-- A histogram is one number: the count of bin n is in its decimal digits 12n to 12n + 11. So `sum` adds histograms, and
-- differences separate them again. Every total count stays below 10^12. The literals hold a one for each bin: reading
-- `1e<12n>` as a number takes ten times as long as finding it here. An element of an array is found by walking over
-- those before it, hence several arrays; each begins with the bin of the bound before it.
create or replace function usage_histogram(micros integer) returns numeric
language sql immutable parallel safe
return case
    when micros < 406 then ('{
        1,1e12,1e24,1e36,1e48,1e60,1e72,1e84,1e96,1e108,1e120,1e132,1e144,1e156,1e168,1e180,1e192,1e204,1e216,1e228,
        1e240,1e252,1e264,1e276,1e288,1e300,1e312,1e324,1e336,1e348,1e360,1e372,1e384,1e396,1e408,1e420,1e432,1e444,
        1e456,1e468,1e480,1e492,1e504,1e516,1e528,1e540,1e552,1e564,1e576,1e588,1e600,1e612,1e624,1e636,1e648,1e660,
        1e672,1e684,1e696,1e708,1e720,1e732,1e744,1e756
    }'::numeric[])[1 + usage_bin(micros)]
    when micros < 8557 then ('{
        1e768,1e780,1e792,1e804,1e816,1e828,1e840,1e852,1e864,1e876,1e888,1e900,1e912,1e924,1e936,1e948,1e960,1e972,
        1e984,1e996,1e1008,1e1020,1e1032,1e1044,1e1056,1e1068,1e1080,1e1092,1e1104,1e1116,1e1128,1e1140
    }'::numeric[])[usage_bin(micros) - 63]
    when micros < 180664 then ('{
        1e1152,1e1164,1e1176,1e1188,1e1200,1e1212,1e1224,1e1236,1e1248,1e1260,1e1272,1e1284,1e1296,1e1308,1e1320,
        1e1332,1e1344,1e1356,1e1368,1e1380,1e1392,1e1404,1e1416,1e1428,1e1440,1e1452,1e1464,1e1476,1e1488,1e1500,
        1e1512,1e1524
    }'::numeric[])[usage_bin(micros) - 95]
    when micros < 3814495 then ('{
        1e1536,1e1548,1e1560,1e1572,1e1584,1e1596,1e1608,1e1620,1e1632,1e1644,1e1656,1e1668,1e1680,1e1692,1e1704,
        1e1716,1e1728,1e1740,1e1752,1e1764,1e1776,1e1788,1e1800,1e1812,1e1824,1e1836,1e1848,1e1860,1e1872,1e1884,
        1e1896,1e1908
    }'::numeric[])[usage_bin(micros) - 127]
    else ('{
        1e1920,1e1932,1e1944,1e1956,1e1968,1e1980,1e1992,1e2004,1e2016,1e2028,1e2040,1e2052,1e2064,1e2076,1e2088,
        1e2100,1e2112,1e2124,1e2136,1e2148,1e2160,1e2172,1e2184,1e2196,1e2208,1e2220,1e2232,1e2244,1e2256,1e2268,
        1e2280,1e2292,1e2304,1e2316,1e2328,1e2340,1e2352,1e2364,1e2376,1e2388,1e2400,1e2412,1e2424,1e2436,1e2448,
        1e2460,1e2472,1e2484,1e2496,1e2508,1e2520,1e2532,1e2544,1e2556,1e2568,1e2580,1e2592,1e2604,1e2616,1e2628,
        1e2640,1e2652,1e2664,1e2676,1e2688,1e2700,1e2712
    }'::numeric[])[usage_bin(micros) - 159]
end;
