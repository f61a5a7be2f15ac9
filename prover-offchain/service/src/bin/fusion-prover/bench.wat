;; The program of `fusion-prover bench`.
(module
  (memory 1)
  (func $mix (param $x i64) (param $y i64) (result i64)
    (i64.xor
      (i64.mul (local.get $x) (i64.const 0x9e3779b97f4a7c15))
      (i64.rotl (local.get $y) (i64.const 29))))
  (func (export "zkmain") (local $i i32) (local $x i64)
    (local.set $x (i64.const 1))
    (loop $forever
      (local.set $x (call $mix (local.get $x) (i64.extend_i32_u (local.get $i))))
      (i32.store (i32.and (local.get $i) (i32.const 1020)) (i32.wrap_i64 (local.get $x)))
      (local.set $x
        (i64.add (local.get $x)
          (i64.load32_u (i32.and (i32.shr_u (local.get $i) (i32.const 1)) (i32.const 1020)))))
      (if (i32.lt_s (local.get $i) (i32.const 100000))
        (then (local.set $i (i32.add (local.get $i) (i32.const 4))))
        (else (local.set $i (i32.const 0))))
      (br $forever))))
