# Expected numbers for the tests of the pooling code, from an implementation that shares no line with it.
#
#   Rscript make_expected.R        (run in this folder; writes one JSON file a data set, and single.json)
#
# The JSON files are committed: nobody needs R to run the tests.
suppressPackageStartupMessages({
  library(metafor)
  library(metadat)
  library(jsonlite)
})
Sys.setenv(TZ = "UTC") # else a dependency of epiR asks systemd for it

METADAT <- "metadat, GPL (>= 2); published numbers are facts"
COUNTS <- "escalc(add=1/2, to='only0', drop00=FALSE): 1/2 to all four cells of a table with an empty cell, RD as well"
MEANS <- "escalc(vtype='LS'): MD with each arm's own variance; SMD with the exact gamma correction, vi=1/n1+1/n2+g^2/(2(n1+n2))"
METHODS <- c("EE", "DL", "PM", "REML")
TESTS <- c("z", "knha", "adhoc")

# ---------------------------------------------------------------- writing

# 12 digits are far below the tests' 1e-6. JSON has no infinity: "Inf" and "-Inf" are strings, what is missing is null.
tidy <- function(x) {
  if (is.data.frame(x)) return(lapply(seq_len(nrow(x)), function(i) tidy(as.list(x[i, , drop = FALSE]))))
  if (is.list(x)) return(lapply(x, tidy))
  if (is.factor(x)) x <- as.character(x)
  if (is.numeric(x) && length(x) == 1L && is.infinite(x)) return(if (x > 0) "Inf" else "-Inf")
  if (is.numeric(x)) signif(as.vector(x), 12) else x
}
put <- function(name, x) {
  writeLines(toJSON(tidy(x), auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = 1), paste0(name, ".json"))
  cat(name, "\n")
}

# ---------------------------------------------------------------- pooling

# The defaults stop at 1e-5 (REML) and 1e-4 (PM); here the iteration goes on until a step is 1e-13 of the variance
# of the effects. (An absolute 1e-12 would be too coarse for risk differences and below rounding for lengths of stay.)
control <- function(yi) list(threshold = 1e-13 * var(yi), tol = 1e-13 * var(yi), maxiter = 1e5, tau2.max = max(100, 100 * var(yi)))
fit <- function(yi, vi, method, test) suppressWarnings(rma(yi, vi, method = method, test = test, control = control(yi)))

one_method <- function(yi, vi, method) {
  f <- fit(yi, vi, method, "z")
  out <- list(k = f$k, beta = f$beta[1], se = f$se, tau2 = f$tau2, QE = f$QE, QEp = f$QEp, I2 = f$I2, H2 = f$H2)
  for (test in TESTS) {
    f <- fit(yi, vi, method, test)
    entry <- list(se = f$se, ci.lb = f$ci.lb, ci.ub = f$ci.ub, pval = f$pval)
    if (method != "EE") { # a common effect has no spread to predict from
      p <- predict(f)
      # "riley": t with k-2 degrees of freedom, as in Higgins, Thompson and Spiegelhalter 2009.
      riley <- if (f$k > 2) predict(f, pi.type = "riley") else list(pi.lb = NA, pi.ub = NA)
      entry <- c(entry, pi.lb = p$pi.lb, pi.ub = p$pi.ub, pi.riley.lb = riley$pi.lb, pi.riley.ub = riley$pi.ub)
    }
    out[[test]] <- as.list(entry)
  }
  if (is.element(method, c("PM", "REML")) && f$k > 2) { # of two studies one would be left
    l <- lapply(seq_along(yi), function(i) fit(yi[-i], vi[-i], method, "knha"))
    pick <- function(field) sapply(l, function(f) f[[field]][1])
    out$leave1out <- list(estimate = pick("beta"), ci.lb = pick("ci.lb"), ci.ub = pick("ci.ub"), tau2 = pick("tau2"))
  }
  out
}

# Egger's test as he did it: effect on standard error, weighted by 1/vi, dispersion estimated.
egger <- function(yi, vi) {
  if (length(yi) < 3) return(NULL)
  r <- regtest(yi, vi, model = "lm", predictor = "sei")
  s <- coef(summary(r$fit))
  list(zval = r$zval, dfs = r$dfs, pval = r$pval, slope = s[2, 1], slope.se = s[2, 2],
       est = r$est, est.se = s[1, 2], est.ci.lb = r$ci.lb, est.ci.ub = r$ci.ub)
}

# The highest REML likelihood, searched on a grid: Fisher scoring must not have stopped on a lower hill.
top_of_hill <- function(yi, vi, tau2) {
  minus <- function(t) { w <- 1 / (vi + t); (sum(log(vi + t)) + log(sum(w)) + sum(w * (yi - weighted.mean(yi, w))^2)) / 2 }
  best <- min(sapply(c(0, exp(seq(log(1e-8), log(20), length.out = 2000)) * var(yi)), minus))
  stopifnot(minus(tau2) <= best + 1e-9)
}

pool <- function(effects) {
  lapply(effects, function(e) {
    out <- sapply(METHODS, function(m) one_method(e$yi, e$vi, m), simplify = FALSE)
    top_of_hill(e$yi, e$vi, out$REML$tau2)
    out
  })
}
dataset <- function(name, origin, kind, studies, effects, note, settings) {
  stopifnot(!sapply(effects, function(e) anyNA(unlist(e))))
  put(name, list(origin = origin, licence = METADAT, note = note, settings = settings, kind = kind, studies = studies,
                 effects = effects, pooled = pool(effects), regtest = lapply(effects, function(e) egger(e$yi, e$vi))))
}
plain <- function(e) list(yi = as.vector(e$yi), vi = as.vector(e$vi))

counts <- function(name, origin, d, note = "") {
  d <- data.frame(study = as.character(d$study), d[c("ai", "n1i", "ci", "n2i")])
  es <- function(m, ...) plain(escalc(m, ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, drop00 = FALSE, ...))
  effects <- sapply(c("RR", "OR", "RD"), es, add = 1 / 2, to = "only0", simplify = FALSE)
  # Nothing to divide by in a risk difference: many leave the empty cell empty. Only where no variance is nought.
  raw <- suppressWarnings(es("RD", add = 0, to = "none"))
  if (any(d$ai == 0 | d$ci == 0 | d$ai == d$n1i | d$ci == d$n2i) && all(raw$vi > 0)) effects[["RD-uncorrected"]] <- raw
  dataset(name, origin, "counts", d, effects, note, COUNTS)
}
means <- function(name, origin, d, note = "") {
  d <- data.frame(study = as.character(d$study), d[c("n1i", "m1i", "sd1i", "n2i", "m2i", "sd2i")])
  es <- function(m) plain(escalc(m, n1i = n1i, m1i = m1i, sd1i = sd1i, n2i = n2i, m2i = m2i, sd2i = sd2i, data = d, vtype = "LS"))
  dataset(name, origin, "means", d, sapply(c("MD", "SMD"), es, simplify = FALSE), note, MEANS)
}
effects <- function(name, origin, d, measure, note, raw = character(0)) {
  class(d) <- "data.frame" # an escalc object minds how it is indexed
  d <- data.frame(study = as.character(d$study), yi = as.vector(d$yi), vi = as.vector(d$vi), d[raw])
  dataset(name, origin, "effects", d, setNames(list(plain(d)), measure), note, "yi and vi as given")
}

# ---------------------------------------------------------------- published data sets, from metadat

bcg <- with(dat.bcg, data.frame(study = paste(author, year), ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg))
counts("bcg", "metadat dat.bcg", bcg, "large heterogeneity")
counts("bcg-first-3", "metadat dat.bcg, rows 1 to 3", bcg[1:3, ], "k = 3")
counts("hine1989", "metadat dat.hine1989", within(dat.hine1989, study <- source), "rare events, homogeneous")
counts("collins1985b", "metadat dat.collins1985b, any pre-eclampsia",
       with(dat.collins1985b, data.frame(study = author, ai = pre.xti, n1i = pre.nti, ci = pre.xci, n2i = pre.nci)))
yusuf <- subset(dat.yusuf1985, table == "6" & !is.na(ai)) # without the row Snow 1, which has no numbers
counts("yusuf1985-table6", "metadat dat.yusuf1985, table 6 without Snow 1", within(yusuf, study <- trial), "k = 21; three studies without any event")
counts("nielweise2007", "metadat dat.nielweise2007", within(dat.nielweise2007, study <- paste(author, year)),
       "six tables with an empty cell, one of them without any event")
counts("nielweise2007-rows-14-15", "metadat dat.nielweise2007, rows 14 and 15",
       within(dat.nielweise2007, study <- paste(author, year))[14:15, ], "k = 2, the second without any event")
counts("li2007", "metadat dat.li2007", within(dat.li2007, study <- paste(study, year)))
counts("egger2001", "metadat dat.egger2001", within(dat.egger2001, study <- paste(study, year)), "small studies against two large ones")
counts("hahn2001", "metadat dat.hahn2001", dat.hahn2001, "three studies without any event")
counts("cannon2006", "metadat dat.cannon2006, end point 1",
       with(dat.cannon2006, data.frame(study = trial, ai = ep1t, n1i = nt, ci = ep1c, n2i = nc)), "four large trials")

means("normand1999", "metadat dat.normand1999", within(dat.normand1999, study <- source))
means("normand1999-rows-8-9", "metadat dat.normand1999, rows 8 and 9", within(dat.normand1999, study <- source)[8:9, ], "k = 2")
means("gibson2002", "metadat dat.gibson2002, rows with means", within(dat.gibson2002[1:13, ], study <- paste(author, year)),
      "MD: the REML likelihood has two hills, at 0 and at 9.68; the second is higher")

effects("bangertdrowns2004", "metadat dat.bangertdrowns2004", within(dat.bangertdrowns2004, study <- paste(author, year)), "SMD", "large k")
effects("raudenbush1985", "metadat dat.raudenbush1985", within(dat.raudenbush1985, study <- paste(author, year)), "SMD", "")
effects("hackshaw1998", "metadat dat.hackshaw1998", within(dat.hackshaw1998, study <- paste(author, year)), "OR", "log odds ratios as printed", c("or", "or.lb", "or.ub"))
effects("molloy2014", "metadat dat.molloy2014, escalc ZCOR", within(escalc("ZCOR", ri = ri, ni = ni, data = dat.molloy2014), study <- paste(authors, year)),
        "ZCOR", "Fisher's z of a correlation", c("ri", "ni"))
effects("hart1999", "metadat dat.hart1999, escalc IRR", escalc("IRR", x1i = x1i, t1i = t1i, x2i = x2i, t2i = t2i, data = dat.hart1999),
        "IRR", "log ratios of rates; homogeneous", c("x1i", "t1i", "x2i", "t2i"))
effects("curtis1998", "metadat dat.curtis1998, escalc ROM", within(escalc("ROM", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.curtis1998), study <- id),
        "ROM", "log ratios of means; k = 102")

# ---------------------------------------------------------------- ours: numbers as printed in the trials' papers

METADAT <- "numbers typed from the trials' papers; facts"
counts("ours-adverse-events", "FINAL 2024 (41/49, 43/50) and INNOVA 2026 (33/48, 36/50): people with any adverse event, LDN first",
       data.frame(study = c("FINAL 2024", "INNOVA 2026"), ai = c(41, 33), n1i = c(49, 48), ci = c(43, 36), n2i = c(50, 50)), "k = 2")

# Pain, standardised; negative favours LDN.
J <- function(m) exp(lgamma(m / 2) - log(sqrt(m / 2)) - lgamma((m - 1) / 2)) # Hedges' exact correction
# Two groups: t from the p-value, or from the difference and its interval; d = t sqrt(1/n1 + 1/n2).
from_p <- function(p, n1, n2, sign) from_t(sign * qt(p / 2, n1 + n2 - 2, lower.tail = FALSE), n1, n2)
from_interval <- function(x, low, high, n1, n2) from_t(x / ((high - low) / 2 / qt(0.975, n1 + n2 - 2)), n1, n2)
from_t <- function(t, n1, n2) {
  m <- n1 + n2 - 2
  g <- J(m) * t * sqrt(1 / n1 + 1 / n2)
  c(yi = g, vi = 1 / n1 + 1 / n2 + g^2 / (2 * (n1 + n2)))
}
# Crossover: dz = mean of the differences / their SD; on the scale of the SD between people d = dz sqrt(2(1 - r)),
# where r is how far a person's two periods go together. Nobody printed r.
from_dz <- function(dz, n, r) {
  g <- J(n - 1) * dz * sqrt(2 * (1 - r))
  c(yi = g, vi = (1 / n + g^2 / (2 * n)) * 2 * (1 - r))
}
pain <- function(r) {
  final <- from_interval(-0.34, -0.95, 0.27, 49, 50) # the printed difference, not that of the rounded means
  younger <- -qt(0.016 / 2, 27, lower.tail = FALSE) / sqrt(28) # dz from p = .016
  bested <- -0.33 / (6.33 / (2 * qnorm(0.75))) # median difference / SD, the SD from the IQR as of a normal
  d <- rbind(final, from_p(0.236, 48, 50, +1), from_dz(younger, 28, r), from_dz(bested, 58, r))
  data.frame(study = c("FINAL 2024", "INNOVA 2026", "Younger 2013", "Bested 2023"), design = c("parallel", "parallel", "crossover", "crossover"),
             n1i = c(49, 48, 28, 58), n2i = c(50, 50, NA, NA), d)
}
sets <- list()
for (r in c(0.5, 0.3, 0.7)) {
  suffix <- if (r == 0.5) "" else paste0("-r", r)
  sets[[paste0("SMD", suffix)]] <- plain(pain(r))
  sets[[paste0("SMD-without-innova", suffix)]] <- plain(pain(r)[-2, ])
}
put("ours-fibromyalgia-pain", list(
  origin = "typed in make_expected.R from the printed numbers of four trials",
  licence = METADAT,
  note = paste("SMD of pain, negative favours LDN. FINAL from the difference -0.34 (-0.95 to 0.27);",
               "INNOVA from p = .236 of an adjusted difference of +0.49; Younger from p = .016; Bested from a median difference of -0.33 with IQR 6.33."),
  settings = "SMD and SMD-without-innova at r = 0.5; -r0.3 and -r0.7 with another correlation between periods of the crossovers",
  kind = "effects", studies = pain(0.5), effects = sets, pooled = pool(sets), regtest = lapply(sets, function(e) egger(e$yi, e$vi))))

# ---------------------------------------------------------------- single studies

tight <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-15, maxiter = 1e4)$root

# fisher.test() solves for its interval with uniroot's default tolerance; limits are off by up to 1e-3: too coarse to test against.
# The same equations, solved to the end: the margins fixed, the upper left cell noncentral hypergeometric.
conditional_or <- function(a, n1, c, n2) {
  support <- max(0, a + c - n2):min(n1, a + c)
  logdc <- dhyper(support, n1, n2, a + c, log = TRUE)
  d <- function(psi) { l <- logdc + psi * support; l <- exp(l - max(l)); l / sum(l) }
  solve <- function(f) exp(tight(f, -40, 40))
  lowest <- a == min(support); highest <- a == max(support)
  list(estimate = if (lowest && highest) NA else if (lowest) 0 else if (highest) Inf else solve(function(p) sum(support * d(p)) - a),
       lower = if (lowest) 0 else solve(function(p) sum(d(p)[support >= a]) - 0.025),
       upper = if (highest) Inf else solve(function(p) sum(d(p)[support <= a]) - 0.025))
}

# Score intervals (Miettinen and Nurminen 1985). The proportions under the hypothesis are found as the zero of the
# derivative of the likelihood, not from their closed cubic. `factor` N/(N-1) is Miettinen-Nurminen, 1 is Mee (difference)
# and Koopman (ratio).
under <- function(f, low, high) {
  eps <- 1e-15 * (high - low)
  if (f(low + eps) <= 0) return(low)
  if (f(high - eps) >= 0) return(high)
  tight(f, low + eps, high - eps)
}
score <- function(measure, x1, n1, x2, n2, corrected = TRUE) {
  q <- qchisq(0.95, 1) * (if (corrected) (n1 + n2) / (n1 + n2 - 1) else 1)
  part <- function(x, p) if (x == 0) 0 else x / p
  slope <- function(x, n, p) part(x, p) - part(n - x, 1 - p) # of one arm's log likelihood
  over <- function(top, var) if (top == 0) 0 else if (var <= 0) Inf else top / var
  chi2 <- switch(measure,
    RD = function(d) {
      p2 <- under(function(p) slope(x1, n1, p + d) + slope(x2, n2, p), max(0, -d), min(1, 1 - d)); p1 <- p2 + d
      over((x1 / n1 - x2 / n2 - d)^2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) },
    RR = function(l) {
      r <- exp(l); p2 <- under(function(p) r * slope(x1, n1, r * p) + slope(x2, n2, p), 0, min(1, 1 / r)); p1 <- r * p2
      over((x1 / n1 - r * x2 / n2)^2, p1 * (1 - p1) / n1 + r^2 * p2 * (1 - p2) / n2) },
    OR = function(l) {
      p2 <- under(function(p) x1 + x2 - n2 * p - n1 * plogis(qlogis(p) + l), 0, 1); p1 <- plogis(qlogis(p2) + l)
      over((x1 - n1 * p1)^2, 1 / (1 / (n1 * p1 * (1 - p1)) + 1 / (n2 * p2 * (1 - p2)))) })
  if (measure == "RD") {
    est <- x1 / n1 - x2 / n2
    lower <- if (est == -1) -1 else tight(function(d) chi2(d) - q, -1 + 1e-12, est)
    upper <- if (est == 1) 1 else tight(function(d) chi2(d) - q, est, 1 - 1e-12)
    return(list(estimate = est, lower = lower, upper = upper))
  }
  est <- if (measure == "RR") log(x1 / n1) - log(x2 / n2) else qlogis(x1 / n1) - qlogis(x2 / n2)
  if (is.nan(est)) return(list(estimate = NA, lower = 0, upper = Inf)) # no event anywhere
  lower <- if (est == -Inf) 0 else exp(tight(function(l) chi2(l) - q, -15, min(est, 15)))
  upper <- if (est == Inf) Inf else exp(tight(function(l) chi2(l) - q, max(est, -15), 15))
  list(estimate = exp(est), lower = lower, upper = upper)
}

# Newcombe 1998, method 10: from the two Wilson intervals.
newcombe <- function(x1, n1, x2, n2) {
  w1 <- wilson(x1, n1); w2 <- wilson(x2, n2); p1 <- x1 / n1; p2 <- x2 / n2
  list(estimate = p1 - p2, lower = p1 - p2 - sqrt((p1 - w1[1])^2 + (w2[2] - p2)^2), upper = p1 - p2 + sqrt((w1[2] - p1)^2 + (p2 - w2[1])^2))
}
wilson <- function(x, n) as.vector(suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int)
arm <- function(x, n) list(x = x, n = n, clopper_pearson = as.vector(binom.test(x, n)$conf.int), wilson = wilson(x, n))

# Against the Debian packages r-cran-epi (Newcombe) and r-cran-epir (Mee, Koopman, odds ratio), where they are installed.
checked <- FALSE
compare <- function(x1, n1, x2, n2) {
  if (!requireNamespace("Epi", quietly = TRUE) || !suppressWarnings(requireNamespace("epiR", quietly = TRUE))) return(invisible())
  m <- matrix(c(x1, n1 - x1, x2, n2 - x2), 2) # columns: the arms
  near <- function(a, b, by) stopifnot(all(abs(a - b) <= by))
  near(unlist(newcombe(x1, n1, x2, n2))[2:3], Epi::ci.pd(m, print = FALSE)[6:7], 1e-12)
  if (x1 + x2 > 0) {
    near(unlist(score("RD", x1, n1, x2, n2, FALSE)), epiR:::zARscore(c(t(m)), 0.95, 1), 1e-6)
    finite <- function(x) ifelse(is.finite(x), x, 0)
    # epiR walks in steps of 1e-4 where an arm is full, and of 1e-3 for the odds ratio.
    near(finite(unlist(score("RR", x1, n1, x2, n2, FALSE))), finite(epiR:::zRRscore(m, 0.95)), if (x1 == n1 || x2 == n2) 1e-4 else 1e-8)
    odds <- finite(unlist(score("OR", x1, n1, x2, n2, FALSE)))
    near(odds, finite(epiR:::zORscore(c(t(m)), 0.95)), 0.002 * odds)
  }
  checked <<- TRUE
}

table_of <- function(a, n1, c, n2) {
  compare(a, n1, c, n2)
  f <- fisher.test(matrix(c(a, n1 - a, c, n2 - c), 2))
  exact <- conditional_or(a, n1, c, n2)
  stopifnot(is.na(exact$estimate) || all.equal(c(exact$lower, exact$upper), as.vector(f$conf.int), tolerance = 5e-3))
  es <- sapply(c("RR", "OR", "RD"), function(m) plain(escalc(m, ai = a, n1i = n1, ci = c, n2i = n2, add = 1 / 2, to = "only0", drop00 = FALSE)), simplify = FALSE)
  list(ai = a, n1i = n1, ci = c, n2i = n2, arms = list(arm(a, n1), arm(c, n2)), effects = es,
       fisher = list(pval = f$p.value, estimate = as.vector(f$estimate), lower = f$conf.int[1], upper = f$conf.int[2]),
       conditional_or = exact,
       newcombe_rd = newcombe(a, n1, c, n2), mn_rd = score("RD", a, n1, c, n2), mn_rr = score("RR", a, n1, c, n2), mn_or = score("OR", a, n1, c, n2),
       mee_rd = score("RD", a, n1, c, n2, FALSE), koopman_rr = score("RR", a, n1, c, n2, FALSE))
}
TABLES <- list(c(41, 49, 43, 50), c(33, 48, 36, 50), c(4, 49, 3, 50), c(0, 22, 5, 16), c(15, 18, 6, 16), c(13, 18, 4, 16), c(5, 18, 3, 16),
               c(4, 18, 0, 16), c(15, 17, 6, 15), c(0, 14, 0, 14), c(14, 14, 9, 14), c(2, 400, 9, 395))
# Discordant pairs (b, c) of a crossover; the concordant ones do not enter the exact McNemar test.
PAIRS <- list(c(10, 2), c(2, 10), c(5, 3), c(1, 8), c(0, 6), c(12, 12), c(25, 11), c(1, 0))
put("single", list(
  origin = "tables typed in make_expected.R",
  note = paste("base R. fisher: fisher.test(), its estimate and interval only good to about 1e-3 relative (uniroot's default tolerance); conditional_or: the same equations solved to 1e-14.",
               "mn_*: score with N/(N-1); mee_rd, koopman_rr: score without it. mcnemar: binom.test(b, b + c)."),
  tables = lapply(TABLES, function(t) table_of(t[1], t[2], t[3], t[4])),
  mcnemar = lapply(PAIRS, function(p) list(b = p[1], c = p[2], pval = binom.test(p[1], sum(p))$p.value,
                                           ci_of_share = as.vector(binom.test(p[1], sum(p))$conf.int)))))
cat("single studies compared with Epi and epiR:", checked, "\n")
