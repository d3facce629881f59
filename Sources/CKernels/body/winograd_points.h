// The transforms of Winograd's minimal filtering, in one dimension; winograd.h applies them to rows and columns.
//
// Where they come from. The valid correlation of n = m + r - 1 inputs with r weights is the transpose of a polynomial
// product: multiplying polynomials of m and r coefficients can be done by evaluating both at n points, multiplying the
// values and interpolating. Transposing that recipe gives m outputs of a filter of r taps for n multiplications
// instead of m·r (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016):
//
//     y = Aᵀ [ (G g) ∘ (Bᵀ d) ]
//
// With finite points x_0 … x_{n-2} and the point at infinity last:
//   Aᵀ   column i holds the powers 1, x_i, x_i², … of its point; the last column is 0, …, 0, 1.
//   G    row i holds 1, x_i, x_i² divided by N_i = Π_{j≠i} (x_i - x_j); the last row is 0, 0, 1.
//   Bᵀ   row i holds the coefficients of Π_{j≠i} (x - x_j); the last row those of Π_j (x - x_j).
// Points in pairs ±x let even and odd powers be computed once for both.
//
// In two dimensions everything is applied to columns and then to rows, so F(m x m, 3x3) takes (m + 2)² multiplications
// for m² outputs where the definition takes 9 m².
//
// Rounding errors grow with the size of the matrix entries. For m = 4 the points 0, ±5/8, ±3/2 halve the error of
// the usual 0, ±1, ±2, and all entries of A and B are still exact in binary floating point.

#if WINOGRAD_M == 4

#define WINOGRAD_N 6
#define PA 0.625f
#define PB 1.5f
#define PA2 (PA * PA)
#define PB2 (PB * PB)

/// Bᵀ d.
INLINE void NAME(input_1d)(const vector d[6], vector out[6]) {
    const vector even_b = d[4] - PB2 * d[2], odd_b = d[3] - PB2 * d[1];
    const vector even_a = d[4] - PA2 * d[2], odd_a = d[3] - PA2 * d[1];
    out[0] = PA2 * PB2 * d[0] + (d[4] - (PA2 + PB2) * d[2]);
    out[1] = even_b + PA * odd_b;
    out[2] = even_b - PA * odd_b;
    out[3] = even_a + PB * odd_a;
    out[4] = even_a - PB * odd_a;
    out[5] = PA2 * PB2 * d[1] + (d[5] - (PA2 + PB2) * d[3]);
}

/// One row of Bᵀ d, for the weight gradient, which works on a row of frequencies at a time.
INLINE vector NAME(input_row)(int row, const vector d[6]) {
    switch (row) {
    case 0: return PA2 * PB2 * d[0] + (d[4] - (PA2 + PB2) * d[2]);
    case 1: return (d[4] - PB2 * d[2]) + PA * (d[3] - PB2 * d[1]);
    case 2: return (d[4] - PB2 * d[2]) - PA * (d[3] - PB2 * d[1]);
    case 3: return (d[4] - PA2 * d[2]) + PB * (d[3] - PA2 * d[1]);
    case 4: return (d[4] - PA2 * d[2]) - PB * (d[3] - PA2 * d[1]);
    default: return PA2 * PB2 * d[1] + (d[5] - (PA2 + PB2) * d[3]);
    }
}

/// Aᵀ m.
INLINE void NAME(output_1d)(const vector m[6], vector y[4]) {
    const vector sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const vector sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + sum_a + sum_b;
    y[1] = PA * difference_a + PB * difference_b;
    y[2] = PA2 * sum_a + PB2 * sum_b;
    y[3] = PA2 * PA * difference_a + (PB2 * PB * difference_b + m[5]);
}

/// A y, the transpose of `output_1d`.
INLINE void NAME(gradient_1d)(const vector y[4], vector z[6]) {
    const vector even_a = y[0] + PA2 * y[2], odd_a = PA * y[1] + PA2 * PA * y[3];
    const vector even_b = y[0] + PB2 * y[2], odd_b = PB * y[1] + PB2 * PB * y[3];
    z[0] = y[0];
    z[1] = even_a + odd_a;
    z[2] = even_a - odd_a;
    z[3] = even_b + odd_b;
    z[4] = even_b - odd_b;
    z[5] = y[3];
}

INLINE vector NAME(gradient_row)(int row, const vector y[4]) {
    switch (row) {
    case 0: return y[0];
    case 1: return (y[0] + PA2 * y[2]) + (PA * y[1] + PA2 * PA * y[3]);
    case 2: return (y[0] + PA2 * y[2]) - (PA * y[1] + PA2 * PA * y[3]);
    case 3: return (y[0] + PB2 * y[2]) + (PB * y[1] + PB2 * PB * y[3]);
    case 4: return (y[0] + PB2 * y[2]) - (PB * y[1] + PB2 * PB * y[3]);
    default: return y[3];
    }
}

#undef PA
#undef PB
#undef PA2
#undef PB2

// G and its transpose in double: the entries are not exact, and weights are transformed once where they are used many
// times.
#define PA 0.625
#define PB 1.5
#define PA2 (PA * PA)
#define PB2 (PB * PB)
#define N0 (1 / (PA2 * PB2))
#define NA (1 / (2 * PA2 * (PA2 - PB2)))
#define NB (1 / (2 * PB2 * (PB2 - PA2)))

/// G g.
INLINE void NAME(weight_1d)(const double_vector g[3], double_vector u[6]) {
    const double_vector even_a = NA * g[0] + NA * PA2 * g[2], odd_a = NA * PA * g[1];
    const double_vector even_b = NB * g[0] + NB * PB2 * g[2], odd_b = NB * PB * g[1];
    u[0] = N0 * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

/// Gᵀ u.
INLINE void NAME(weight_gradient_1d)(const double_vector u[6], double_vector g[3]) {
    const double_vector sum_a = NA * (u[1] + u[2]), sum_b = NB * (u[3] + u[4]);
    g[0] = N0 * u[0] + sum_a + sum_b;
    g[1] = NA * PA * (u[1] - u[2]) + NB * PB * (u[3] - u[4]);
    g[2] = PA2 * sum_a + PB2 * sum_b + u[5];
}

#undef PA
#undef PB
#undef PA2
#undef PB2
#undef N0
#undef NA
#undef NB

#else

// m = 2 with the points 0, ±1 and infinity.

#define WINOGRAD_N 4

INLINE void NAME(input_1d)(const vector d[4], vector out[4]) {
    out[0] = d[0] - d[2];
    out[1] = d[1] + d[2];
    out[2] = d[2] - d[1];
    out[3] = d[3] - d[1];
}

INLINE vector NAME(input_row)(int row, const vector d[4]) {
    switch (row) {
    case 0: return d[0] - d[2];
    case 1: return d[1] + d[2];
    case 2: return d[2] - d[1];
    default: return d[3] - d[1];
    }
}

INLINE void NAME(output_1d)(const vector m[4], vector y[2]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] + m[3];
}

INLINE void NAME(gradient_1d)(const vector y[2], vector z[4]) {
    z[0] = y[0];
    z[1] = y[0] + y[1];
    z[2] = y[0] - y[1];
    z[3] = y[1];
}

INLINE vector NAME(gradient_row)(int row, const vector y[2]) {
    switch (row) {
    case 0: return y[0];
    case 1: return y[0] + y[1];
    case 2: return y[0] - y[1];
    default: return y[1];
    }
}

INLINE void NAME(weight_1d)(const double_vector g[3], double_vector u[4]) {
    const double_vector even = 0.5 * g[0] + 0.5 * g[2], odd = 0.5 * g[1];
    u[0] = g[0];
    u[1] = even + odd;
    u[2] = even - odd;
    u[3] = g[2];
}

INLINE void NAME(weight_gradient_1d)(const double_vector u[4], double_vector g[3]) {
    const double_vector sum = 0.5 * (u[1] + u[2]);
    g[0] = u[0] + sum;
    g[1] = 0.5 * (u[1] - u[2]);
    g[2] = sum + u[3];
}

#endif
