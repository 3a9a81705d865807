import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { asProblem } from '../api/problem.ts';
import { sessionQuery } from '../api/queries.ts';
import { ThemeButton } from '../app/shell.tsx';
import { useWorld } from '../app/world-context.ts';
import { CopyLine } from '../ui/copy-line.tsx';
import { Mark } from '../ui/icon.tsx';
import { Failure } from '../ui/parts.tsx';
import { signIn } from './sign-in.ts';
import './sign-in.css';

export function SignInPage() {
  const { code, next } = useSearch({ from: '/signin' });
  const { client } = useWorld();
  const navigate = useNavigate();
  const tried = useRef<string>(undefined);
  const signing = useMutation({
    mutationFn: signIn,
    onSuccess: async () => {
      client.removeQueries({ queryKey: sessionQuery.queryKey });
      await navigate({ href: next ?? '/', replace: true });
    },
    // The code is used up either way, so it must not stay in the address for a reload to try again.
    onError: () => navigate({ to: '/signin', search: next === undefined ? {} : { next }, replace: true }),
  });
  const { mutate } = signing;

  useEffect(() => {
    document.title = 'Sign in · Selvedge';
    if (code === undefined || tried.current === code) return;
    tried.current = code;
    // Not read as a token: what stands in an address is a code.
    mutate(location.href);
  }, [code, mutate]);

  const isSigningIn = signing.isPending || signing.isSuccess || (code !== undefined && !signing.error);
  return (
    <main className="sign-in">
      <div className="sign-in-corner">
        <ThemeButton />
      </div>
      <div className="sign-in-box">
        <div className="sign-in-brand">
          <Mark size={40} />
          <h1>{isSigningIn ? 'Signing in …' : 'Sign in to Selvedge'}</h1>
        </div>
        {signing.error && <Failure problem={asProblem(signing.error)} />}
        {!isSigningIn && (
          <>
            <p>
              Selvedge has no passwords. This makes a link that signs in one browser, once. It is also in the table that
              the start prints.
            </p>
            <CopyLine text="npx --no-install selvedge console" label="Copy the command" />
            <TokenForm onToken={mutate} />
          </>
        )}
      </div>
    </main>
  );
}

function TokenForm({ onToken }: { readonly onToken: (text: string) => void }) {
  const [text, setText] = useState('');
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') onToken(text);
  };
  return (
    <form className="sign-in-form" onSubmit={submit}>
      <label htmlFor={id}>Or paste an operator token, a code or the whole link</label>
      <div className="sign-in-row">
        <input
          id={id}
          className="input"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button button-primary">
          Sign in
        </button>
      </div>
    </form>
  );
}
