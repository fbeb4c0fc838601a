"""Written from the model "reference-problem" by openldn.pharmacology.kernel; do not edit."""

import numpy as np
from numba import njit

_FAST = {"contract", "nsz", "arcp"}  # no reassociation: rounding by a large number is meant


@njit(error_model="numpy", fastmath=_FAST)
def _log2(x):
    # Branch-free: exponent by bits, mantissa in (0.7, 1.42], series of the inverse hyperbolic tangent.
    bits = np.float64(x).view(np.int64)
    high = (bits - 0x3FE6A09E667F3BCD) >> 52
    m = np.int64(bits - (high << 52)).view(np.float64)
    whole = np.int64(high + 0x4338000000000000).view(np.float64) - 6755399441055744.0
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    tail = 1 / 9 + z * (1 / 11 + z * (1 / 13 + z / 15))
    series = 1.0 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * tail)))
    return whole + 2.8853900817779268 * s * series


@njit(error_model="numpy", fastmath=_FAST)
def _exp2(y):
    y = min(max(y, -1000.0), 1000.0)
    shifted = y + 6755399441055744.0
    n = np.float64(shifted).view(np.int64)
    r = (y - (shifted - 6755399441055744.0)) * 0.6931471805599453
    p = 1.0 + r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (
        1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r / 3628800)))))))))
    return p * np.int64((n + 1023) << 52).view(np.float64)


@njit(error_model="numpy", fastmath=_FAST)
def _pow(x, g):
    return _exp2(g * _log2(x))


@njit(error_model="numpy", fastmath=_FAST)
def _exp(x):
    return _exp2(x * 1.4426950408889634)


@njit(cache=True, error_model="numpy", fastmath=_FAST)
def kernel(out, moved, values, begin, stretches, exponents, places, hours, starts, jump_states, jump_amounts, decay, predict, correct, shows_start):
    s = np.zeros((75, 16))
    for block in range(out.shape[0]):
        base = block * 16
        at_hand = -1
        for l in range(16):
            for k in range(25):
                s[k, l] = values[k, base + l]
            for k in range(25, 31):
                s[k, l] = 0.0
            for k in range(4):
                s[31 + k, l] = begin[k]
        if shows_start:
            t = 0.0
            o = out[block, 0]
            for l in range(16):
                ka = s[0, l]
                F = s[1, l]
                FM = s[2, l]
                CL = s[3, l]
                Vc = s[4, l]
                Q = s[5, l]
                Vp = s[6, l]
                fM = s[7, l]
                VM = s[8, l]
                kM = s[9, l]
                ke0 = s[10, l]
                keM = s[11, l]
                Ki = s[12, l]
                KiM = s[13, l]
                KB = s[14, l]
                gam = s[15, l]
                phi = s[16, l]
                psi = s[17, l]
                kX = s[18, l]
                kB = s[19, l]
                kR = s[20, l]
                kT = s[21, l]
                ImaxT = s[22, l]
                IC50T = s[23, l]
                om = s[24, l]
                G = s[25, l]
                A = s[26, l]
                P = s[27, l]
                M = s[28, l]
                Ce = s[29, l]
                Me = s[30, l]
                X = s[31, l]
                B = s[32, l]
                R = s[33, l]
                T = s[34, l]
                a = Ce / Ki + Me / KiM
                b = B / KB
                sig = R * b / (1 + a + b) * (1 + KB)
                o[0, l] = A / Vc
                o[1, l] = M / VM
                o[2, l] = a / (1 + a + b)
                o[3, l] = sig
                o[4, l] = B
                o[5, l] = R
                o[6, l] = T
        for row in range(stretches.shape[0]):
            t = starts[row]
            for j in range(stretches[row, 3], stretches[row, 3] + stretches[row, 4]):
                for l in range(16):
                    s[25 + jump_states[j], l] += jump_amounts[j, base + l]
            for l in range(16):
                ka = s[0, l]
                F = s[1, l]
                FM = s[2, l]
                CL = s[3, l]
                Vc = s[4, l]
                Q = s[5, l]
                Vp = s[6, l]
                fM = s[7, l]
                VM = s[8, l]
                kM = s[9, l]
                ke0 = s[10, l]
                keM = s[11, l]
                Ki = s[12, l]
                KiM = s[13, l]
                KB = s[14, l]
                gam = s[15, l]
                phi = s[16, l]
                psi = s[17, l]
                kX = s[18, l]
                kB = s[19, l]
                kR = s[20, l]
                kT = s[21, l]
                ImaxT = s[22, l]
                IC50T = s[23, l]
                om = s[24, l]
                G = s[25, l]
                A = s[26, l]
                P = s[27, l]
                M = s[28, l]
                Ce = s[29, l]
                Me = s[30, l]
                X = s[31, l]
                B = s[32, l]
                R = s[33, l]
                T = s[34, l]
                a = Ce / Ki + Me / KiM
                b = B / KB
                sig = R * b / (1 + a + b) * (1 + KB)
                d0 = (1 + phi) / (_pow(sig, gam) + phi)
                d1 = X
                d2 = (1 + psi) / (sig + psi)
                d3 = (1 - ImaxT * Ce / (IC50T + Ce)) * (1 + om) / (1 + om * B)
                s[35, l] = d0
                s[36, l] = d1
                s[37, l] = d2
                s[38, l] = d3
            for k in range(39, 55):
                for l in range(16):
                    s[k, l] = 0.0
            for n in range(stretches[row, 1]):
                step = stretches[row, 0] + n
                w = stretches[row, 2] + n
                t = hours[step]
                if exponents[step] != at_hand:
                    at_hand = exponents[step]
                    for k in range(55, 75):
                        for l in range(16):
                            s[k, l] = moved[block, at_hand, k - 55, l]
                keep0 = decay[w, 0]
                p0_0 = predict[w, 0, 0]
                c0_0 = correct[w, 0, 0]
                p0_1 = predict[w, 1, 0]
                c0_1 = correct[w, 1, 0]
                p0_2 = predict[w, 2, 0]
                c0_2 = correct[w, 2, 0]
                p0_3 = predict[w, 3, 0]
                c0_3 = correct[w, 3, 0]
                p0_4 = predict[w, 4, 0]
                c0_4 = correct[w, 4, 0]
                keep1 = decay[w, 1]
                p1_0 = predict[w, 0, 1]
                c1_0 = correct[w, 0, 1]
                p1_1 = predict[w, 1, 1]
                c1_1 = correct[w, 1, 1]
                p1_2 = predict[w, 2, 1]
                c1_2 = correct[w, 2, 1]
                p1_3 = predict[w, 3, 1]
                c1_3 = correct[w, 3, 1]
                p1_4 = predict[w, 4, 1]
                c1_4 = correct[w, 4, 1]
                keep2 = decay[w, 2]
                p2_0 = predict[w, 0, 2]
                c2_0 = correct[w, 0, 2]
                p2_1 = predict[w, 1, 2]
                c2_1 = correct[w, 1, 2]
                p2_2 = predict[w, 2, 2]
                c2_2 = correct[w, 2, 2]
                p2_3 = predict[w, 3, 2]
                c2_3 = correct[w, 3, 2]
                p2_4 = predict[w, 4, 2]
                c2_4 = correct[w, 4, 2]
                keep3 = decay[w, 3]
                p3_0 = predict[w, 0, 3]
                c3_0 = correct[w, 0, 3]
                p3_1 = predict[w, 1, 3]
                c3_1 = correct[w, 1, 3]
                p3_2 = predict[w, 2, 3]
                c3_2 = correct[w, 2, 3]
                p3_3 = predict[w, 3, 3]
                c3_3 = correct[w, 3, 3]
                p3_4 = predict[w, 4, 3]
                c3_4 = correct[w, 4, 3]
                for l in range(16):
                    ka = s[0, l]
                    F = s[1, l]
                    FM = s[2, l]
                    CL = s[3, l]
                    Vc = s[4, l]
                    Q = s[5, l]
                    Vp = s[6, l]
                    fM = s[7, l]
                    VM = s[8, l]
                    kM = s[9, l]
                    ke0 = s[10, l]
                    keM = s[11, l]
                    Ki = s[12, l]
                    KiM = s[13, l]
                    KB = s[14, l]
                    gam = s[15, l]
                    phi = s[16, l]
                    psi = s[17, l]
                    kX = s[18, l]
                    kB = s[19, l]
                    kR = s[20, l]
                    kT = s[21, l]
                    ImaxT = s[22, l]
                    IC50T = s[23, l]
                    om = s[24, l]
                    old_G = s[25, l]
                    old_A = s[26, l]
                    old_P = s[27, l]
                    old_M = s[28, l]
                    old_Ce = s[29, l]
                    old_Me = s[30, l]
                    G = s[55, l] * old_G
                    A = s[56, l] * old_G + s[57, l] * old_A + s[58, l] * old_P
                    P = s[59, l] * old_G + s[60, l] * old_A + s[61, l] * old_P
                    M = s[62, l] * old_G + s[63, l] * old_A + s[64, l] * old_P + s[65, l] * old_M
                    Ce = s[66, l] * old_G + s[67, l] * old_A + s[68, l] * old_P + s[69, l] * old_Ce
                    Me = s[70, l] * old_G + s[71, l] * old_A + s[72, l] * old_P + s[73, l] * old_M + s[74, l] * old_Me
                    kept0 = keep0 * s[31, l]
                    f0_0 = s[35, l]
                    f0_1 = s[39, l]
                    f0_2 = s[43, l]
                    f0_3 = s[47, l]
                    f0_4 = s[51, l]
                    X = kept0 + p0_0 * f0_0 + p0_1 * f0_1 + p0_2 * f0_2 + p0_3 * f0_3 + p0_4 * f0_4
                    kept1 = keep1 * s[32, l]
                    f1_0 = s[36, l]
                    f1_1 = s[40, l]
                    f1_2 = s[44, l]
                    f1_3 = s[48, l]
                    f1_4 = s[52, l]
                    B = kept1 + p1_0 * f1_0 + p1_1 * f1_1 + p1_2 * f1_2 + p1_3 * f1_3 + p1_4 * f1_4
                    kept2 = keep2 * s[33, l]
                    f2_0 = s[37, l]
                    f2_1 = s[41, l]
                    f2_2 = s[45, l]
                    f2_3 = s[49, l]
                    f2_4 = s[53, l]
                    R = kept2 + p2_0 * f2_0 + p2_1 * f2_1 + p2_2 * f2_2 + p2_3 * f2_3 + p2_4 * f2_4
                    kept3 = keep3 * s[34, l]
                    f3_0 = s[38, l]
                    f3_1 = s[42, l]
                    f3_2 = s[46, l]
                    f3_3 = s[50, l]
                    f3_4 = s[54, l]
                    T = kept3 + p3_0 * f3_0 + p3_1 * f3_1 + p3_2 * f3_2 + p3_3 * f3_3 + p3_4 * f3_4
                    a = Ce / Ki + Me / KiM
                    b = B / KB
                    sig = R * b / (1 + a + b) * (1 + KB)
                    d0 = (1 + phi) / (_pow(sig, gam) + phi)
                    d2 = (1 + psi) / (sig + psi)
                    X = kept0 + c0_0 * d0 + c0_1 * f0_0 + c0_2 * f0_1 + c0_3 * f0_2 + c0_4 * f0_3
                    R = kept2 + c2_0 * d2 + c2_1 * f2_0 + c2_2 * f2_1 + c2_3 * f2_2 + c2_4 * f2_3
                    d1 = X
                    d3 = (1 - ImaxT * Ce / (IC50T + Ce)) * (1 + om) / (1 + om * B)
                    B = kept1 + c1_0 * d1 + c1_1 * f1_0 + c1_2 * f1_1 + c1_3 * f1_2 + c1_4 * f1_3
                    T = kept3 + c3_0 * d3 + c3_1 * f3_0 + c3_2 * f3_1 + c3_3 * f3_2 + c3_4 * f3_3
                    s[25, l] = G
                    s[26, l] = A
                    s[27, l] = P
                    s[28, l] = M
                    s[29, l] = Ce
                    s[30, l] = Me
                    s[31, l] = X
                    s[32, l] = B
                    s[33, l] = R
                    s[34, l] = T
                    s[35, l] = d0
                    s[39, l] = f0_0
                    s[43, l] = f0_1
                    s[47, l] = f0_2
                    s[51, l] = f0_3
                    s[36, l] = d1
                    s[40, l] = f1_0
                    s[44, l] = f1_1
                    s[48, l] = f1_2
                    s[52, l] = f1_3
                    s[37, l] = d2
                    s[41, l] = f2_0
                    s[45, l] = f2_1
                    s[49, l] = f2_2
                    s[53, l] = f2_3
                    s[38, l] = d3
                    s[42, l] = f3_0
                    s[46, l] = f3_1
                    s[50, l] = f3_2
                    s[54, l] = f3_3
                if places[step] >= 0:
                    o = out[block, places[step]]
                    for l in range(16):
                        ka = s[0, l]
                        F = s[1, l]
                        FM = s[2, l]
                        CL = s[3, l]
                        Vc = s[4, l]
                        Q = s[5, l]
                        Vp = s[6, l]
                        fM = s[7, l]
                        VM = s[8, l]
                        kM = s[9, l]
                        ke0 = s[10, l]
                        keM = s[11, l]
                        Ki = s[12, l]
                        KiM = s[13, l]
                        KB = s[14, l]
                        gam = s[15, l]
                        phi = s[16, l]
                        psi = s[17, l]
                        kX = s[18, l]
                        kB = s[19, l]
                        kR = s[20, l]
                        kT = s[21, l]
                        ImaxT = s[22, l]
                        IC50T = s[23, l]
                        om = s[24, l]
                        G = s[25, l]
                        A = s[26, l]
                        P = s[27, l]
                        M = s[28, l]
                        Ce = s[29, l]
                        Me = s[30, l]
                        X = s[31, l]
                        B = s[32, l]
                        R = s[33, l]
                        T = s[34, l]
                        a = Ce / Ki + Me / KiM
                        b = B / KB
                        sig = R * b / (1 + a + b) * (1 + KB)
                        o[0, l] = A / Vc
                        o[1, l] = M / VM
                        o[2, l] = a / (1 + a + b)
                        o[3, l] = sig
                        o[4, l] = B
                        o[5, l] = R
                        o[6, l] = T
